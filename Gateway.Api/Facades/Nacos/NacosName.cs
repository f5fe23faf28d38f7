using System.Globalization;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// A service as Nacos names it: a group and a name, together <c>group@@name</c>. Its default group is the group "" here. A name of more than two parts
/// keeps the rest in its name, which the rules of names refuse.
/// </summary>
internal readonly record struct NacosName(string Group, string Service)
{
    public const string DefaultGroup = "DEFAULT_GROUP";
    public const string DefaultCluster = "DEFAULT";

    private const string Separator = "@@";

    /// <summary>The group of a registration.</summary>
    public string OwnGroup => Group == DefaultGroup ? "" : Group;

    /// <summary>The group that Nacos' clients see of a registration.</summary>
    public static string Shown(string ownGroup) => ownGroup.Length == 0 ? DefaultGroup : ownGroup;

    public override string ToString() => Group + Separator + Service;

    /// <summary>
    /// The id of an instance, which is the alias of its registration: made of what the client says, so that its beats find it even where the address was
    /// replaced by the pod's own.
    /// </summary>
    public string IdOf(string ip, int port, string cluster) => string.Create(CultureInfo.InvariantCulture, $"{ip}#{port}#{cluster}#{Group}@@{Service}");

    /// <summary>A prefix of the name counts before the parameter.</summary>
    public static NacosName? Read(string serviceName, string? groupName, out NacosFault? fault)
    {
        fault = null;
        var at = serviceName.IndexOf(Separator, StringComparison.Ordinal);
        if (at < 0)
            return new(string.IsNullOrWhiteSpace(groupName) ? DefaultGroup : groupName, serviceName);
        if (at > 0 && at + Separator.Length < serviceName.Length)
            return new(serviceName[..at], serviceName[(at + Separator.Length)..]);
        fault = NacosFault.Invalid("Param 'serviceName' is illegal, it should be format as 'groupName@@serviceName'", NacosFault.ServiceName);
        return null;
    }
}
