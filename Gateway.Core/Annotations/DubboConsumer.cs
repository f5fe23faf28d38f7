using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

/// <summary>
/// A pod that names in a Dubbo record a service it consumes; such a record provides nothing. <paramref name="Protocol"/> is the one it asks
/// for, "" for any; group and version may be <c>*</c>. <paramref name="Address"/> is "" where the record has none.
/// </summary>
public sealed record DubboConsumer(
    InstanceSource Source, string Service, string Group, string Version, string Protocol, string Address,
    ImmutableSortedDictionary<string, string> Metadata, DateTimeOffset? RegisteredAt);
