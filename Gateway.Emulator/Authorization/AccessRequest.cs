using Gateway.Emulator.Authentication;

namespace Gateway.Emulator.Authorization;

/// <summary>
/// A request to be authorized: for a resource (then <paramref name="Path"/> is null) or for a non-resource path. An empty namespace means
/// all namespaces or a cluster-scoped kind; <paramref name="Resource"/> includes the subresource, <c>pods/status</c>.
/// </summary>
internal sealed record AccessRequest(UserInfo User, string Verb, string Group, string Resource, string Namespace, string Name, string? Path = null);
