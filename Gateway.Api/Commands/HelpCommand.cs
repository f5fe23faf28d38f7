using Gateway.Core.Diagnostics;

namespace Gateway.Api.Commands;

/// <summary>
/// <c>Gateway.Api --help</c> and <c>--version</c>: print a text and exit with 0; nothing is started. <c>--help</c> counts behind a command too, so
/// <c>cleanup --help</c> removes nothing.
/// </summary>
public static class HelpCommand
{
    private const string Usage = """
        Gateway.Api: a service registry for legacy services on Kubernetes

        usage:
          Gateway.Api [--Section:Key=value ...]           run the gateway
          Gateway.Api check [--Section:Key=value ...]     list the records that the rule of names hides; changes nothing
          Gateway.Api cleanup [--Section:Key=value ...]   remove everything of the gateway from the cluster's pods
          Gateway.Api --probe URL                         exit 0 if the URL answers 2xx
          Gateway.Api --help | --version

        Settings are environment variables (Kubernetes__Mode=Kubeconfig), arguments (--Kubernetes:Mode=Kubeconfig) or members of appsettings.json. To begin with:
          ASPNETCORE_ENVIRONMENT   Development starts an emulated cluster and trusts callers; default Production
          ASPNETCORE_URLS          where to listen; default http://localhost:8080 in Development and in mode Kubeconfig, else http://+:8080
          Kubernetes__Mode         Emulated, Kubeconfig or InCluster (the default outside Development)
          Kubernetes__Context      the context of the kubeconfig; default its current one
          Redis__Configuration     what replicas share, host:6379; default none, for one replica
        All settings: docs/configuration.md. API with curl: docs/api.md, and Swagger UI at /swagger. Console: /console.

        exit codes: 0 stopped, 1 ended by a fault of its own, 2 a configuration that it cannot run with
        """;

    public static bool IsAsked(string[] args) => args is ["help" or "--version"] || args.Any(static one => one is "--help" or "-h" or "-?");

    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        await output.WriteLineAsync(args[0] == "--version" ? BuildVersion.Text : Usage);
        return 0;
    }
}
