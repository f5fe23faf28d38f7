using Gateway.Api.Hosting;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Upkeep;

namespace Gateway.Api.Commands;

/// <summary>
/// <c>Gateway.Api cleanup</c>: removes every annotation and label of the gateway, mirrors included, from the configured cluster. Run it
/// before uninstalling the gateway for good; exits 0 when nothing of the gateway is left.
/// </summary>
public static class CleanupCommand
{
    public static bool IsAsked(string[] args) => args is ["cleanup", ..];

    /// <param name="adjust">Changes the builder before it builds, for tests.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter output, Action<WebApplicationBuilder>? adjust = null, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args[1..], ContentRootPath = AppContext.BaseDirectory });
        ServiceLinks.RemoveFrom(builder.Configuration);
        adjust?.Invoke(builder);
        var settings = GatewaySettings.Read(builder.Configuration, builder.Environment);
        await using var app = builder.Build();

        var connection = ClusterConnection.Open(settings.Kubernetes, TimeProvider.System, app.Services.GetRequiredService<ILogger<ClusterConnection>>());
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(connection, settings.Kubernetes, metrics);
        try
        {
            var report = await new ClusterCleanup(api, settings.Annotations).RunAsync([.. settings.Kubernetes.Namespaces], cancellationToken);
            foreach (var failure in report.Failed)
                await output.WriteLineAsync($"not cleaned: {failure}");
            await output.WriteLineAsync($"{report.Seen} pods checked, {report.Changed} cleaned, {report.Failed.Count} not");
            return report.Failed.Count == 0 ? 0 : 1;
        }
        catch (KubernetesApiException failure)
        {
            await output.WriteLineAsync($"The pods could not be listed: {failure.Message}");
            return 1;
        }
    }
}
