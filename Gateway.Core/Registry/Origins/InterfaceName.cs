using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Registry.Origins;

/// <summary>A Dubbo service key, <c>group/interface:version</c>; group and version are "" when unset.</summary>
public readonly record struct InterfaceName(string Group, string Name, string Version)
{
    /// <summary>False with a reason when <paramref name="text"/> is not a service key.</summary>
    public static bool TryParse(string text, out InterfaceName name, [NotNullWhen(false)] out string? reason)
    {
        var (group, rest) = ("", text);
        if (rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
            (group, rest) = (rest[..slash], rest[(slash + 1)..]);
        var version = "";
        if (rest.LastIndexOf(':') is >= 0 and var colon)
            (rest, version) = (rest[..colon], rest[(colon + 1)..]);
        name = new(group, rest, version);
        reason = !RegistrationRules.IsName(rest) ? "the interface is not 1 to 253 of A-Za-z0-9._:$-"
            : !RegistrationRules.IsQualifier(group) ? "the group is not at most 128 of A-Za-z0-9._:$-"
            : !RegistrationRules.IsQualifier(version) ? "the version is not at most 128 of A-Za-z0-9._:$-"
            : null;
        return reason is null;
    }

    public override string ToString() => (Group.Length > 0 ? Group + "/" : "") + Name + (Version.Length > 0 ? ":" + Version : "");
}
