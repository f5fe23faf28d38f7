using System.Collections.Immutable;

namespace Gateway.Core.Registry.Dubbo;

/// <summary>One interface in a list: its providers counted as for any service, and the number of pods with a consumer record.</summary>
public sealed record DubboInterface(string Name, ServiceSummary Providers, int Consumers, ImmutableSortedSet<string> Applications);
