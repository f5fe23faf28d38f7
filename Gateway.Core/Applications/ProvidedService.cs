using System.Collections.Immutable;

namespace Gateway.Core.Applications;

/// <summary>
/// One entry of a MetadataInfo: a service that every instance of that revision provides. Group, version, protocol and path are "" and the
/// port 0 where it does not say.
/// </summary>
public sealed record ProvidedService(
    string Name, string Group, string Version, string Protocol, int Port, string Path, ImmutableSortedDictionary<string, string> Parameters);
