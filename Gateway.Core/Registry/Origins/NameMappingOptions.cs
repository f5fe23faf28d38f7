namespace Gateway.Core.Registry.Origins;

/// <summary>
/// Which Kubernetes Service provides a Dubbo interface, where the Service's own annotation does not say so (section <c>NameMapping</c>).
/// Set at start, read by all parts afterwards.
/// </summary>
public sealed class NameMappingOptions
{
    public const string Section = "NameMapping";

    /// <summary>
    /// Rules for Services without the annotation, each <c>service -&gt; group/interface:version</c> with placeholders: <c>{name}-service
    /// -&gt; com.example.{Name}Service</c> maps price-list-service to com.example.PriceListService. <c>{x}</c> is inserted unchanged,
    /// <c>{X}</c> in CamelCase, <c>{namespace}</c> is the Service's namespace; a rule for one namespace begins with it: <c>shop/{name}</c>.
    /// </summary>
    public string[] Rules { get; set; } = [];

    /// <summary>
    /// Targets in the form of the Dubbo integration of 2018, each <c>group/interface:version=kubernetes:///service/namespace/port</c>; the
    /// scheme may be missing, the first two parts may be in the other order, and the port is a target port's number or name.
    /// </summary>
    public string[] Targets { get; set; } = [];

    /// <summary>Every fault of these settings, one sentence each; empty when they are valid.</summary>
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
