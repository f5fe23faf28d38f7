using System.Globalization;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// Services: their names, one of them, and who subscribed. A service exists here as long as it has instances, so none is made or kept by itself. Stateless.
/// </summary>
internal sealed class NacosServices(NacosEntry entry, FacadeReader reader, FacadeAnswers answers, FacadeOptions options)
{
    private const int MostOnPage = 500;

    public async Task ListAsync(HttpContext context, NacosApi api)
    {
        var parameters = new NacosParameters(context.Request);
        if (api == NacosApi.V1)
        {
            parameters.Required("pageNo");
            parameters.Required("pageSize");
        }

        var (page, size) = (parameters.Number("pageNo", 1, 0, int.MaxValue), parameters.Number("pageSize", 20, 0, int.MaxValue));
        var group = parameters.Text("groupName") ?? NacosName.DefaultGroup;
        if (parameters.Text("selector") is { } selector && !selector.Contains("none", StringComparison.OrdinalIgnoreCase))
            parameters.Refuse(NacosFault.Invalid("Param 'selector' is not supported: only type none."));
        if (await entry.ReadAsync(context, api, parameters) is not { } call)
            return;
        var view = reader.View(call);
        size = Math.Min(size, api == NacosApi.V1 ? int.MaxValue : MostOnPage);
        var bytes = answers.GetAll(
            view, string.Create(CultureInfo.InvariantCulture, $"nacos-services\n{(int)api}\n{page}\n{size}\n{group}"), () => Encode(view, api, group, page, size));
        NacosReads.Announce(context, view);
        await NacosAnswer.BytesAsync(context, bytes);
    }

    public async Task FindAsync(HttpContext context, NacosApi api)
    {
        var parameters = new NacosParameters(context.Request);
        var name = parameters.Name();
        if (await entry.ReadAsync(context, api, parameters) is not { } call)
            return;
        var view = reader.View(call);
        if (!Has(view, name))
        {
            await NacosAnswer.RefuseAsync(context, api, NacosFault.NotFound($"service not found, namespace: {call.Namespace}, serviceName: {name}", NacosFault.ServiceNotFound));
            return;
        }

        List<string> clusters =
        [
            .. view.InstancesOf(view.Find(name.Service)!).Where(instance => NacosName.Shown(instance.Key.Group) == name.Group)
                .Select(NacosHost.Of).OfType<NacosHost>().Select(static host => host.Cluster).Distinct().Order(StringComparer.Ordinal),
        ];
        NacosReads.Announce(context, view);
        await NacosAnswer.DataAsync(context, api, writer => WriteDetail(writer, api, name, parameters.Text("namespaceId") ?? "public", clusters));
    }

    /// <summary>
    /// Subscribers are clients that are pushed to. None is: lists are polled, and who polls is not kept.
    /// </summary>
    public async Task SubscribersAsync(HttpContext context, NacosApi api)
    {
        var parameters = new NacosParameters(context.Request);
        parameters.Name();
        if (await entry.ReadAsync(context, api, parameters) is null)
            return;
        await NacosAnswer.DataAsync(context, api, static writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("count"u8, 0);
            writer.WriteStartArray("subscribers"u8);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    /// <summary>Nothing is kept for a service, so what asks for more than its name is refused rather than forgotten.</summary>
    public async Task PutAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        parameters.Name();
        if (parameters.Text("protectThreshold") is { } threshold
            && !(double.TryParse(threshold, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && (share == 0 || share == options.NacosProtectThreshold)))
            parameters.Refuse(NacosFault.Invalid("A service has no protect threshold of its own here: set Facades:NacosProtectThreshold."));
        if (parameters.Text("metadata") is { } metadata && NacosMetadata.Read(metadata, out var fault) is not { IsEmpty: true })
            parameters.Refuse(fault ?? NacosFault.Invalid("A service has no metadata here, only its instances."));
        if (await entry.WriteAsync(context, api, parameters, "update") is not null)
            await NacosAnswer.OkAsync(context, api);
    }

    public async Task DeleteAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var name = parameters.Name();
        if (await entry.WriteAsync(context, api, parameters, "deregister") is not { } call)
            return;
        await (Has(reader.View(call), name)
            ? NacosAnswer.RefuseAsync(context, api, NacosFault.Invalid($"Service {name} is not empty, can't be delete. Please unregister instance first"))
            : NacosAnswer.OkAsync(context, api));
    }

    private static bool Has(FacadeView view, NacosName name) => view.Find(name.Service) is { } service && IsIn(view, service, name.Group);

    private static bool IsIn(FacadeView view, Core.Registry.ServiceSnapshot service, string group)
    {
        foreach (var instance in view.InstancesOf(service))
        {
            if (NacosName.Shown(instance.Key.Group) == group)
                return true;
        }

        return false;
    }

    private static byte[] Encode(FacadeView view, NacosApi api, string group, int page, int size)
    {
        List<string> names = [.. view.Services.Where(service => IsIn(view, service, group)).Select(static service => service.Key.Name)];
        var first = Math.Min(names.Count, Math.Max(0L, (page - 1L) * size));
        return NacosAnswer.EncodeData(api, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("count"u8, names.Count);
            writer.WriteStartArray(api == NacosApi.V1 ? "doms"u8 : "services"u8);
            foreach (var name in names.Skip((int)first).Take(size))
                writer.WriteStringValue(name);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private void WriteDetail(Utf8JsonWriter writer, NacosApi api, NacosName name, string ns, List<string> clusters)
    {
        writer.WriteStartObject();
        writer.WriteString(api == NacosApi.V1 ? "namespaceId"u8 : "namespace"u8, ns);
        writer.WriteString("groupName"u8, name.Group);
        writer.WriteString(api == NacosApi.V1 ? "name"u8 : "serviceName"u8, name.Service);
        writer.WriteNumber("protectThreshold"u8, options.NacosProtectThreshold);
        writer.WriteStartObject("metadata"u8);
        writer.WriteEndObject();
        writer.WriteStartObject("selector"u8);
        writer.WriteString("type"u8, "none");
        writer.WriteEndObject();
        if (api == NacosApi.V1)
            writer.WriteStartArray("clusters"u8);
        else
            writer.WriteStartObject("clusterMap"u8);
        foreach (var cluster in clusters)
        {
            if (api == NacosApi.V1)
                writer.WriteStartObject();
            else
                writer.WriteStartObject(cluster);
            writer.WriteString(api == NacosApi.V1 ? "name"u8 : "clusterName"u8, cluster);
            writer.WriteStartObject("healthChecker"u8);
            writer.WriteString("type"u8, "NONE");
            writer.WriteEndObject();
            writer.WriteStartObject("metadata"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        if (api == NacosApi.V1)
            writer.WriteEndArray();
        else
            writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
