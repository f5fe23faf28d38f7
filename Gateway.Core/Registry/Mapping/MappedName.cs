namespace Gateway.Core.Registry.Mapping;

/// <summary>
/// An interface that a Kubernetes Service provides, on the port with this number or name only; a null <paramref name="Port"/> allows any.
/// </summary>
internal sealed record MappedName(InterfaceName Interface, MappingWay Way, string? Port = null);
