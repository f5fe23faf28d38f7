using System.Net.Http.Headers;
using System.Text;
using Gateway.Emulator;

namespace Gateway.Tests.Conformance.Planes;

/// <summary>The emulated API with its controllers, role-based rights and an administrator, as a real control plane has them.</summary>
internal sealed class EmulatedControlPlane : IControlPlane
{
    private const string AdminToken = "conformance-admin";

    private readonly EmulatedCluster _cluster;
    private readonly string _folder = Directory.CreateTempSubdirectory("emulated-plane-").FullName;

    private EmulatedControlPlane(EmulatedCluster cluster, bool played)
    {
        _cluster = cluster;
        Offers = ControlPlaneNeeds.Controllers | ControlPlaneNeeds.DualStack | (played ? ControlPlaneNeeds.Kubelet : ControlPlaneNeeds.ApiServer);
        Admin = new HttpClient { BaseAddress = cluster.Url };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        Kubeconfig = Path.Combine(_folder, "kubeconfig");
        File.WriteAllText(Kubeconfig, AdminKubeconfig.Text(cluster.Url, AdminToken));
    }

    public string Name => "the emulated API";

    public ControlPlaneNeeds Offers { get; }

    public string Kubeconfig { get; }

    public Uri Url => _cluster.Url;

    public HttpClient Admin { get; }

    public static async Task<EmulatedControlPlane> StartAsync(bool played, CancellationToken cancellation)
    {
        var options = new EmulatorOptions
        {
            Url = "http://127.0.0.1:0",
            Demo = false,
            Player = played,
            Authorization = AuthorizationMode.Rbac,
            AdminToken = AdminToken,
        };
        var plane = new EmulatedControlPlane(await EmulatedCluster.StartAsync(options, cancellationToken: cancellation), played);
        await plane.ForgetTheFirstVersionsAsync(cancellation);
        return plane;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Version 1 is gone on every plane: a cluster is compacted after five minutes, here it is done by hand. Who plays a kubelet keeps the node.</summary>
    private async Task ForgetTheFirstVersionsAsync(CancellationToken cancellation)
    {
        using var content = new StringContent(
            """{"apiVersion":"v1","kind":"Node","metadata":{"name":"first"}}""", Encoding.UTF8, "application/json");
        using var created = await Admin.PostAsync("/api/v1/nodes", content, cancellation);
        created.EnsureSuccessStatusCode();
        if (!Offers.HasFlag(ControlPlaneNeeds.Kubelet))
        {
            using var removed = await Admin.DeleteAsync("/api/v1/nodes/first", cancellation);
            removed.EnsureSuccessStatusCode();
        }

        _cluster.Faults.ForgetHistory();
    }
}
