namespace Gateway.Tests.Conformance.Planes;

/// <summary>The cluster of KUBECONFIG, connected to as kubectl does. It is used, never started or stopped.</summary>
internal sealed class ClusterControlPlane : IControlPlane
{
    public string Name => "the cluster of KUBECONFIG";

    public ControlPlaneNeeds Offers { get; private set; }

    public string Kubeconfig { get; private set; } = "";

    public Uri Url { get; private set; } = new("https://127.0.0.1");

    public HttpClient Admin { get; private set; } = new();

    public static Task<ClusterControlPlane> ConnectAsync(CancellationToken cancellation) => throw new NotImplementedException();

    public ValueTask DisposeAsync()
    {
        Admin.Dispose();
        return ValueTask.CompletedTask;
    }
}
