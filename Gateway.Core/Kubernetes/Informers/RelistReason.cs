namespace Gateway.Core.Kubernetes.Informers;

/// <summary>What made a list necessary.</summary>
internal enum RelistReason
{
    First,
    Gone,
    TooLarge,
    Unreadable,
    History,
    Error,
}
