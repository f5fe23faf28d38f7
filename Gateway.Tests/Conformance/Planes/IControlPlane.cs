namespace Gateway.Tests.Conformance.Planes;

/// <summary>
/// A Kubernetes control plane that conformance tests run against: the emulated one, one started from binaries, or a cluster. On each of them
/// resource version 1 is older than anything it still knows.
/// </summary>
internal interface IControlPlane : IAsyncDisposable
{
    string Name { get; }

    ControlPlaneNeeds Offers { get; }

    /// <summary>A kubeconfig file of an administrator.</summary>
    string Kubeconfig { get; }

    /// <summary>Where the API server listens.</summary>
    Uri Url { get; }

    /// <summary>A plain HTTP client of an administrator, to write what the gateway never writes.</summary>
    HttpClient Admin { get; }
}
