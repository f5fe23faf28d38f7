namespace Gateway.Core.Subscriptions;

/// <summary>What a change means to a client: it did not hold the instance, held other content of it, or no longer holds it.</summary>
public enum ChangeKind
{
    Added,
    Modified,
    Removed,
}
