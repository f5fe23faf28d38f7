using System.Globalization;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Dubbo;

/// <summary>A pod with a consumer record of an interface.</summary>
public sealed record DubboConsumerPod(Pod Pod, DubboConsumer Consumer)
{
    /// <summary>The address in the record, else the pod's own; "" where both are unknown.</summary>
    public string Address => Consumer.Address.Length > 0 ? Consumer.Address : Pod.PodIPs is [var first, ..] ? first : "";

    /// <summary><c>consumer://address/interface?...</c>, as Dubbo's own tools show consumers.</summary>
    public string Url
    {
        get
        {
            var parameters = Consumer.Metadata.ToBuilder();
            parameters["interface"] = Consumer.Service;
            parameters.TryAdd("side", "consumer");
            foreach (var (name, value) in new[] { ("group", Consumer.Group), ("version", Consumer.Version) })
            {
                if (value.Length > 0)
                    parameters[name] = value;
            }

            if (Consumer.RegisteredAt is { } at)
                parameters.TryAdd("timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
            return new DubboUrl("consumer", Address, null, Consumer.Service, parameters.ToImmutable()).ToString();
        }
    }
}
