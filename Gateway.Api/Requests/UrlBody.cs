using Gateway.Api.Errors;
using Gateway.Core.Annotations.Dubbo;

namespace Gateway.Api.Requests;

/// <summary>A registration whose body is a complete Dubbo URL: sets the members that the URL contains.</summary>
internal static class UrlBody
{
    /// <summary>Returns the body unchanged if it has no URL or an invalid one.</summary>
    public static RegistrationBody Expand(RegistrationBody body, string pointer, FaultList faults, MetadataBudget budget)
    {
        if (body.Url is not { } text)
            return body;
        if (!budget.Take("url", text))
        {
            faults.Cut();
            return body;
        }

        foreach (var (name, isThere) in Derived(body))
        {
            if (isThere)
                faults.AtPointer($"{pointer}/{name}", FaultCodes.InvalidValue, $"'url' already sets '{name}'; use only one of them.");
        }

        if (!DubboUrlRegistration.TryParse(text, out var url, out var reason))
        {
            faults.AtPointer($"{pointer}/url", FaultCodes.InvalidValue, $"'url' {reason}.");
            return body;
        }

        return body with
        {
            Host = url.Host,
            Service = url.Service,
            Port = url.Port,
            Group = url.Group,
            Version = url.Version,
            Protocol = url.Protocol,
            Weight = url.Weight,
            Metadata = url.Metadata.ToDictionary(static entry => entry.Key, static entry => (string?)entry.Value, StringComparer.Ordinal),
        };
    }

    private static IEnumerable<(string Name, bool IsThere)> Derived(RegistrationBody body) =>
    [
        ("service", body.Service is not null), ("port", body.Port is not null), ("group", body.Group is not null), ("version", body.Version is not null),
        ("protocol", body.Protocol is not null), ("weight", body.Weight is not null), ("metadata", body.Metadata is not null),
    ];
}
