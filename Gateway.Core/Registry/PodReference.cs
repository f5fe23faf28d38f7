namespace Gateway.Core.Registry;

/// <summary>The pod behind an instance. <paramref name="Zone"/> is the label topology.kubernetes.io/zone of its node, else the slice's.</summary>
public sealed record PodReference(string Name, string Uid, string? Node, string? Zone);
