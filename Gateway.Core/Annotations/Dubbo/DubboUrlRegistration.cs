using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// A provider's Dubbo URL, <c>protocol://host:port/interface?group=...&amp;version=...&amp;weight=...</c>, as the members of a
/// registration. Parameters without a member of their own are metadata, and a path that differs from the interface is <c>path</c>, so that
/// the same URL can be built again.
/// </summary>
public sealed record DubboUrlRegistration(
    string Protocol, IPAddress Host, int Port, string Service, string Group, string Version, int Weight, ImmutableSortedDictionary<string, string> Metadata)
{
    private static readonly string[] Mapped = ["interface", "group", "version", "weight", DubboKeys.OwnId];

    /// <summary>False with a reason when <paramref name="text"/> is not a provider's URL.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DubboUrlRegistration? registration, [NotNullWhen(false)] out string? reason)
    {
        registration = null;
        reason = null;
        if (DubboUrl.Parse(text) is not { } url)
        {
            reason = "is not a URL of the form protocol://host:port/interface?name=value";
            return false;
        }

        var service = url["interface"] is { Length: > 0 } named ? named : url.Path;
        var weight = RegistrationRules.DefaultWeight;
        reason = !RegistrationRules.IsForeignProtocol(url.Protocol) ? "has no protocol of the letters A-Za-z0-9.+-"
            : url.Protocol == "consumer" || url["category"] is not ("" or "providers") || url["side"] is not ("" or "provider") ? "is not a provider's URL"
            : !IPAddress.TryParse(url.Host, out _) ? "has no IP address as its host"
            : url.Port is not { } given || !RegistrationRules.IsPort(given) ? "has no port of 1 to 65535"
            : !RegistrationRules.IsName(service) ? "names no interface of 1 to 253 of A-Za-z0-9._:$-"
            : !RegistrationRules.IsQualifier(url["group"]) ? "has a group that is not at most 128 of A-Za-z0-9._:$-"
            : !RegistrationRules.IsQualifier(url["version"]) ? "has a version that is not at most 128 of A-Za-z0-9._:$-"
            : url["weight"] is { Length: > 0 } weighed && !TryWeight(weighed, out weight) ? "has a weight that is not 0 to 10000"
            : null;
        if (reason is not null)
            return false;

        var metadata = RegistrationRecord.NoMetadata.ToBuilder();
        foreach (var (name, value) in url.Parameters)
        {
            if (name.Length > 0 && value.Length > 0 && !Mapped.Contains(name))
                metadata[name] = value;
        }

        if (url.Path.Length > 0 && url.Path != service)
            metadata[DubboUrl.PathMember] = url.Path;
        registration = new(
            url.Protocol, IPAddress.Parse(url.Host), url.Port!.Value, service, url["group"], url["version"], weight, metadata.ToImmutable());
        return true;
    }

    private static bool TryWeight(string text, out int weight) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out weight) && RegistrationRules.IsWeight(weight);
}
