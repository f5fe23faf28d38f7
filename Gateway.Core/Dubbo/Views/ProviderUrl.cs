using System.Globalization;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Dubbo.Views;

/// <summary>The URL by which a Dubbo consumer calls an instance, whatever the instance's source.</summary>
public static class ProviderUrl
{
    /// <summary>Null where there is none: no address, no port, or a protocol that is not a valid URL scheme.</summary>
    public static string? Of(Instance instance)
    {
        if (!IsCallable(instance))
            return null;
        var key = instance.Key;
        var parameters = instance.Metadata.Remove(DubboUrl.PathMember).Remove(DubboKeys.OwnId).ToBuilder();
        parameters["interface"] = key.Service;
        parameters.TryAdd("side", "provider");
        Put("group", key.Group);
        Put("version", key.Version);
        if (instance.Weight != RegistrationRules.DefaultWeight)
            parameters["weight"] = instance.Weight.ToString(CultureInfo.InvariantCulture);

        // dubbo-go expects seconds, Dubbo Java milliseconds.
        if (instance.RegisteredAt is { } at)
        {
            parameters.TryAdd("timestamp", (instance.Source is InstanceSource.DubboGo or InstanceSource.Generic ? at.ToUnixTimeSeconds() : at.ToUnixTimeMilliseconds())
                .ToString(CultureInfo.InvariantCulture));
        }

        return new DubboUrl(ProtocolOf(instance), instance.Host ?? instance.Address!, key.Port, DubboUrl.PathOf(instance.Metadata, key.Service), parameters.ToImmutable()).ToString();

        void Put(string name, string value)
        {
            if (value.Length > 0)
                parameters[name] = value;
            else
                parameters.Remove(name);
        }
    }

    public static bool IsCallable(Instance instance) =>
        instance.Address is { Length: > 0 } && instance.Key.Port > 0 && instance.Key.Protocol != "udp" && DubboUrl.IsScheme(ProtocolOf(instance));

    /// <summary>The protocol's name in Dubbo: consumers of a Service port without a more specific protocol use Dubbo.</summary>
    public static string ProtocolOf(Instance instance) =>
        instance is { Source: InstanceSource.Endpoints, Key.Protocol: "tcp" } ? "dubbo" : instance.Key.Protocol;
}
