namespace Gateway.Tests.Conformance;

/// <summary>A Kubernetes control plane that conformance tests run against: the emulated one, one started from binaries, or a cluster.</summary>
public interface IControlPlane : IAsyncDisposable
{
    string Name { get; }

    ControlPlaneNeeds Offers { get; }

    /// <summary>A kubeconfig file of an administrator; null for the emulated one, which asks nobody who he is.</summary>
    string? Kubeconfig { get; }

    /// <summary>Where the API server listens.</summary>
    Uri Url { get; }

    /// <summary>A plain HTTP client of an administrator, to write what the gateway never writes.</summary>
    HttpClient Admin { get; }
}
