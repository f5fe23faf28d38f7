namespace Gateway.Core.Subscriptions;

/// <summary>What a change means to a client: it did not hold the instance, holds other content of it, or holds it no longer.</summary>
public enum ChangeKind
{
    Added,
    Modified,
    Removed,
}
