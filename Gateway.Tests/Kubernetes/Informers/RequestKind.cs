namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>What the client wants, by the look of its request.</summary>
public enum RequestKind
{
    List,
    Watch,

    /// <summary>A list of nothing, which only asks for the version.</summary>
    Probe,

    Other,
}
