using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>An API server behind TLS that knows one pod, and remembers who asked for it.</summary>
internal sealed class TlsApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TlsApiServer(WebApplication app) => _app = app;

    public int Port { get; private set; }
    public string? Protocol { get; private set; }
    public string? ClientSubject { get; private set; }
    public string? Authorization { get; private set; }
    public int Requests { get; private set; }

    public static async Task<TlsApiServer> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = static (_, _, _) => true;
        })));
        var app = builder.Build();
        var server = new TlsApiServer(app);
        app.Run(async context =>
        {
            server.Requests++;
            server.Protocol = context.Request.Protocol;
            server.ClientSubject = context.Connection.ClientCertificate?.Subject;
            server.Authorization = context.Request.Headers.Authorization;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"kind":"Pod","metadata":{"name":"a","namespace":"shop","resourceVersion":"1"}}""");
        });
        await app.StartAsync();
        server.Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
