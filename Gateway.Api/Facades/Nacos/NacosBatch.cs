using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// Metadata of several instances at once. A pod writes its own registrations alone, so of the instances that are named (none: all of the service) only those
/// of the calling pod are changed and answered. Stateless.
/// </summary>
internal sealed class NacosBatch(NacosEntry entry, ClientRegistrations registrations)
{
    /// <summary>Adds or replaces.</summary>
    public Task UpdateAsync(HttpContext context, NacosApi api) => RunAsync(context, api, static value => value);

    /// <summary>Removes the keys; values count for nothing.</summary>
    public Task DeleteAsync(HttpContext context, NacosApi api) => RunAsync(context, api, static _ => null);

    private async Task RunAsync(HttpContext context, NacosApi api, Func<string, string?> valueOf)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var name = parameters.Name();
        var metadata = NacosMetadata.Read(parameters.Required("metadata"), out var fault) ?? NacosMetadata.None;
        if (fault is not null)
            parameters.Refuse(fault);
        var named = ReadInstances(parameters);
        if (await entry.WriteAsync(context, api, parameters, "update") is not { } call)
            return;
        var own = await registrations.OwnAsync(call, context.RequestAborted);
        if (own.IsRefused(out var refusal))
        {
            await NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));
            return;
        }

        var change = new RegistrationChange
        {
            Metadata = metadata.ToImmutableSortedDictionary(static entry => entry.Key, entry => valueOf(entry.Value), StringComparer.Ordinal),
        };
        var targets = own.Value.Select(instance => IdOf(instance, name, named)).OfType<(string Id, string Shown)>().ToList();
        if ((refusal = call.TakeFurther(targets.Count - 1)) is not null)
        {
            await NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));
            return;
        }

        var updated = new List<string>();
        foreach (var target in targets)
        {
            var changed = await registrations.ChangeAsync(call, NacosHost.Protocol, target.Id, change, context.RequestAborted);
            if (changed.IsRefused(out refusal))
            {
                await NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));
                return;
            }

            if (changed.Value is not null)
                updated.Add(target.Shown);
        }

        await NacosAnswer.DataAsync(context, api, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("updated"u8);
            foreach (var shown in updated)
                writer.WriteStringValue(shown);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    /// <summary>Null: it is not meant. It did not come by this protocol, it is of another service, or it is not among those that are named.</summary>
    private static (string Id, string Shown)? IdOf(Instance instance, NacosName name, ImmutableHashSet<(string Ip, int Port, string Cluster)>? named)
    {
        if (instance.ClientOf(NacosHost.Protocol) is not { } alias || NacosHost.Of(instance) is not { } host || host.Name != name
            || named?.Contains((host.Ip, host.Port, host.Cluster)) == false)
            return null;
        return (alias.Id, string.Create(CultureInfo.InvariantCulture, $"{host.Ip}:{host.Port}:unknown:{host.Cluster}:{(host.IsEphemeral ? "ephemeral" : "persistent")}"));
    }

    /// <summary>Null: none is named.</summary>
    private static ImmutableHashSet<(string, int, string)>? ReadInstances(NacosParameters parameters)
    {
        if (parameters.Text("instances") is not { } text)
            return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select(static one => (
                one.GetProperty("ip").GetString() ?? "",
                one.GetProperty("port").GetInt32(),
                one.TryGetProperty("clusterName", out var cluster) && cluster.GetString() is { Length: > 0 } said ? said : NacosName.DefaultCluster))];
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            parameters.Refuse(NacosFault.Invalid("Param 'instances' must be a JSON array of objects with ip and port."));
            return null;
        }
    }
}
