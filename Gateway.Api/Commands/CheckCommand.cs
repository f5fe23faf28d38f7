using Gateway.Api.Hosting;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Upkeep;

namespace Gateway.Api.Commands;

/// <summary>
/// <c>Gateway.Api check</c>: lists the records of the configured cluster that are not listed because <c>Registry:Formats</c> leaves their format out, or
/// because they name a Service that does not select their pod, and the interfaces of Services that their pods do not get for that. What Dubbo applications published (MetadataInfo, mappings) is not in the
/// cluster; a running gateway counts it (<c>registry_gateway_reserved_provided</c>). Run it before an upgrade; it changes nothing, and exits 0 when there is none.
/// </summary>
public static class CheckCommand
{
    public static bool IsAsked(string[] args) => args is ["check", ..];

    /// <param name="adjust">Changes the builder before it builds, for tests.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter output, Action<WebApplicationBuilder>? adjust = null, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args[1..], ContentRootPath = AppContext.BaseDirectory });
        adjust?.Invoke(builder);
        var settings = GatewaySettings.Read(builder.Configuration, builder.Environment);
        await using var app = builder.Build();
        var reservesNames = settings.Access.Register == RegisterAccess.Namespace;
        if (!reservesNames && Enum.GetValues<InstanceSource>().All(settings.Annotations.Reads))
        {
            await output.WriteLineAsync($"nothing is hidden: Services reserve no names (Access:Register is {settings.Access.Register}), and all formats are read");
            return 0;
        }

        var connection = ClusterConnection.Open(settings.Kubernetes, TimeProvider.System, app.Services.GetRequiredService<ILogger<ClusterConnection>>());
        var reader = new PodRecordReader(settings.Annotations);
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(connection, settings.Kubernetes, metrics, keepPodAnnotation: reader.KeepsKey);
        try
        {
            var report = await new NameCheck(api, reader, new NameMapping(settings.Annotations, settings.NameMapping), reservesNames).RunAsync([.. settings.Kubernetes.Namespaces], string.IsNullOrWhiteSpace(settings.Kubernetes.PodSelector) ? null : settings.Kubernetes.PodSelector, cancellationToken);
            foreach (var format in report.NotRead.GroupBy(static one => one.Source).OrderBy(static one => one.Key))
            {
                await output.WriteLineAsync($"Format {InstanceSourceNames.Of(format.Key)} is not read (Registry:Formats), which hides {format.Sum(static one => one.Count)} records:");
                foreach (var one in format)
                    await output.WriteLineAsync($"  pod {one.Pod}: {one.Count} not listed");
            }

            foreach (var name in report.Hidden.GroupBy(static one => one.Name))
            {
                await output.WriteLineAsync($"Service {name.Key} does not select the pods of {name.Count()} records that name it:");
                foreach (var one in name)
                {
                    var effect = one.IsApplication ? $"stays listed as {one.Service}, without its application" : "not listed";
                    var origin = one.Annotation is null ? $"interface of Service {one.Service}" : $"annotation {one.Annotation}";
                    await output.WriteLineAsync($"  pod {one.Pod}, {origin}: {effect}");
                }
            }

            var hidden = report.Hidden.Count + report.NotRead.Sum(static one => one.Count);
            await output.WriteLineAsync($"{report.Pods} pods checked, {hidden} records hidden");
            return hidden == 0 ? 0 : 1;
        }
        catch (KubernetesApiException failure)
        {
            await output.WriteLineAsync($"Services and pods could not be listed: {failure.Message}");
            return 1;
        }
    }
}
