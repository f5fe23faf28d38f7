using Gateway.Emulator.Authentication;

namespace Gateway.Emulator.Authorization;

/// <summary>
/// What someone wants to do: with a resource (then <paramref name="Path"/> is null) or with a path that is none. An empty namespace means all
/// of them or a cluster-scoped kind; <paramref name="Resource"/> includes the subresource, <c>pods/status</c>.
/// </summary>
internal sealed record AccessRequest(UserInfo User, string Verb, string Group, string Resource, string Namespace, string Name, string? Path = null);
