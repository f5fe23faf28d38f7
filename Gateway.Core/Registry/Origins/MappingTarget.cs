using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Origins;

/// <summary>
/// A target in the form of the Dubbo integration of 2018, which it read from the environment: service, namespace, port. Its error text
/// named the first two in the other order, so a target whose Service does not exist is read in that order.
/// </summary>
internal sealed record MappingTarget(InterfaceName Interface, ServiceKey Service, ServiceKey Otherwise, string Port)
{
    private const string Scheme = "kubernetes://";

    public static bool TryParse(string text, [NotNullWhen(true)] out MappingTarget? target, [NotNullWhen(false)] out string? reason)
    {
        target = null;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            reason = "must have the form interface=service/namespace/port";
            return false;
        }

        if (!InterfaceName.TryParse(text[..equals].Trim(), out var name, out reason))
            return false;
        var path = text[(equals + 1)..].Trim();
        if (path.StartsWith(Scheme, StringComparison.Ordinal))
        {
            // The authority, if any, names an API server; the gateway watches only one cluster.
            path = path[Scheme.Length..];
            path = path.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? path[(slash + 1)..] : "";
        }

        if (path.Trim('/').Split('/') is not [{ Length: > 0 } service, { Length: > 0 } ns, { Length: > 0 } port])
        {
            reason = "must have exactly three parts: service/namespace/port";
            return false;
        }

        target = new(name, new ServiceKey(ns, service), new ServiceKey(service, ns), port);
        return true;
    }
}
