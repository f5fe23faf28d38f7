using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>The services of one dictionary in order, sorted by the first reader that lists them.</summary>
internal sealed class SortedServices(ImmutableDictionary<ServiceKey, ServiceSnapshot> services)
{
    public static readonly SortedServices None = new(ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty);

    private ServiceKey[]? _keys;

    public ServiceKey[] Keys => _keys ??= [.. services.Where(static entry => entry.Value.IsListed).Select(static entry => entry.Key).Order()];
}
