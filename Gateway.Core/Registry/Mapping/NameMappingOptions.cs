namespace Gateway.Core.Registry.Mapping;

/// <summary>
/// Which Kubernetes Service provides a Dubbo interface, where the Service's own annotation does not say (section <c>NameMapping</c>). Settled
/// at start, read by everyone after.
/// </summary>
public sealed class NameMappingOptions
{
    public const string Section = "NameMapping";

    /// <summary>
    /// Rules for Services without the annotation, each <c>service -&gt; group/interface:version</c> with placeholders: <c>{name}-service -&gt;
    /// com.example.{Name}Service</c> maps price-list-service to com.example.PriceListService. <c>{x}</c> is put in as it stands, <c>{X}</c> with its
    /// words run together in capitals, <c>{namespace}</c> is the Service's; a rule for one namespace begins with it: <c>shop/{name}</c>.
    /// </summary>
    public string[] Rules { get; set; } = [];

    /// <summary>
    /// Targets as the Dubbo integration of 2018 had them, each <c>group/interface:version=kubernetes:///service/namespace/port</c>; the scheme may be
    /// missing, the first two parts may stand the other way round, and the port is a target port's number or name.
    /// </summary>
    public string[] Targets { get; set; } = [];

    /// <summary>Every fault of these settings, a sentence each; empty when they are good.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var rule in Rules)
        {
            if (!MappingRule.TryParse(rule, out _, out var reason))
                yield return $"{Section}:Rules '{rule}': {reason}.";
        }

        foreach (var target in Targets)
        {
            if (!MappingTarget.TryParse(target, out _, out var reason))
                yield return $"{Section}:Targets '{target}': {reason}.";
        }
    }
}
