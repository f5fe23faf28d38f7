namespace Gateway.Core.Registry.Mapping;

/// <summary>An interface that a Kubernetes Service provides. <paramref name="Port"/>: the only one that counts, by number or name; null: any.</summary>
internal sealed record MappedName(InterfaceName Interface, MappingWay Way, string? Port = null);
