using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Api.Endpoints;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// Lists and single instances. A list is polled every few seconds by every consumer, so its query is read once and its bytes are made once a state of the
/// service.
/// </summary>
internal sealed class NacosReads(NacosEntry entry, FacadeReader reader, FacadeAnswers answers, FacadeOptions options)
{
    // A list of clusters becomes part of the key under which an answer is kept.
    private const int LongestClusters = 512;

    private readonly KnownQueries<NacosListQuery>[] _lists = [new(), new(), new()];

    public async Task ListAsync(HttpContext context, NacosApi api)
    {
        var query = Known(context.Request, api);
        NacosParameters? parameters = null;
        if (query is null)
        {
            parameters = new NacosParameters(context.Request);
            query = ReadList(parameters, api);
            if (parameters.Fault is null && parameters.Token() is null)
                _lists[(int)api].Keep(context.Request.QueryString.Value, query);
        }

        if (await (parameters is null ? entry.ReadAsync(context, api, null, query.Namespace) : entry.ReadAsync(context, api, parameters)) is not { } call)
            return;
        var view = reader.View(call);
        var bytes = view.Find(query.Name.Service) is { } service
            ? answers.Get(service, query.Variant, () => NacosList.Encode(query, view.InstancesOf(service), options.NacosProtectThreshold))
            : NacosList.Encode(query, [], options.NacosProtectThreshold);
        Announce(context, view);
        await NacosAnswer.ListAsync(context, bytes, NacosList.TimeAt(api, bytes), NacosTime.Of(view.Snapshot, call.Namespace));
    }

    public async Task FindAsync(HttpContext context, NacosApi api)
    {
        var parameters = new NacosParameters(context.Request);
        var form = NacosInstanceForm.ReadNamed(parameters);
        if (await entry.ReadAsync(context, api, parameters) is not { } call)
            return;
        var view = reader.View(call);
        var host = HostsOf(view, form.Name).FirstOrDefault(host => host.Ip == form.Ip && host.Port == form.Port && host.Cluster == form.Cluster);
        if (host is null)
        {
            await NacosAnswer.RefuseAsync(context, api, NacosFault.NotFound("no matched ip found!"));
            return;
        }

        Announce(context, view);
        await NacosAnswer.DataAsync(context, api, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString(api == NacosApi.V1 ? "service"u8 : "serviceName"u8, host.Name.ToString());
            writer.WriteString("ip"u8, host.Ip);
            writer.WriteNumber("port"u8, host.Port);
            writer.WriteString("clusterName"u8, host.Cluster);
            writer.WriteNumber("weight"u8, ClientWeights.ToNacos(host.Weight));
            writer.WriteBoolean("healthy"u8, host.IsHealthy);
            writer.WriteString("instanceId"u8, host.Id);
            host.WriteMetadata(writer);
            writer.WriteEndObject();
        });
    }

    /// <summary><c>ip:port_healthy</c> of each; the key is <c>[namespaceId##]service</c>.</summary>
    public async Task StatusesAsync(HttpContext context, NacosApi api)
    {
        const string Separator = "##";
        var parameters = new NacosParameters(context.Request);
        var key = context.Request.RouteValues.ContainsKey("key") ? FacadeRoutes.Text(context, "key") : parameters.Required("key");
        var at = key.IndexOf(Separator, StringComparison.Ordinal);
        var name = NacosName.Read(at < 0 ? key : key[(at + Separator.Length)..], parameters.Text("groupName"), out var fault);
        if (fault is not null)
            parameters.Refuse(fault);
        var call = parameters.Fault is null && at > 0
            ? await entry.ReadAsync(context, api, parameters.Token(), NacosParameters.Namespace(key[..at], options))
            : await entry.ReadAsync(context, api, parameters);
        if (call is null)
            return;
        var view = reader.View(call);
        Announce(context, view);
        await NacosAnswer.BareAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("ips"u8);
            foreach (var host in HostsOf(view, name!.Value))
                writer.WriteStringValue($"{host.Ip}:{host.Port}_{(host.IsHealthy ? "true" : "false")}");
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static IEnumerable<NacosHost> HostsOf(FacadeView view, NacosName name) =>
        view.Find(name.Service) is { } service
            ? view.InstancesOf(service).Where(instance => NacosName.Shown(instance.Key.Group) == name.Group).Select(NacosHost.Of).OfType<NacosHost>()
            : [];

    private NacosListQuery? Known(HttpRequest request, NacosApi api) =>
        !request.Headers.ContainsKey("accessToken") && _lists[(int)api].TryGet(request.QueryString.Value ?? "", out var known) ? known : null;

    private NacosListQuery ReadList(NacosParameters parameters, NacosApi api)
    {
        var name = parameters.Name();
        var clusters = parameters.Text("clusters", "clusterName") ?? "";
        if (clusters.Length > LongestClusters)
            parameters.Refuse(NacosFault.Invalid($"Param 'clusters' exceeds {LongestClusters} characters."));
        if (parameters.Fault is null && !(RegistrationRules.IsName(name.Service) && RegistrationRules.IsQualifier(name.Group)))
            parameters.Refuse(NacosFault.Invalid($"Param 'serviceName' is illegal: names have the characters {RegistrationRules.NameCharacters}.", NacosFault.ServiceName));
        parameters.Number("udpPort", 0, 0, 65_535);
        return new NacosListQuery(api, name, clusters, parameters.Boolean("healthyOnly") ?? false, parameters.Namespace(options));
    }

    internal static void Announce(HttpContext context, FacadeView view)
    {
        AnswerHeaders.Write(context.Response, view.Snapshot);
        context.Response.Headers.CacheControl = "no-cache";
    }
}
