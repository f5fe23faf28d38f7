using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>An object that did not decode, and why; the key is null where not even its name could be read.</summary>
public sealed record UnreadableItem(ObjectKey? Key, string Failure);
