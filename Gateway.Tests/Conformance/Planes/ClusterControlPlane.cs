using System.Net.Http.Headers;
using System.Text;
using Gateway.Core.Kubernetes.Client.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Conformance.Planes;

/// <summary>The cluster of KUBECONFIG, connected to as kubectl does. It is used, never started or stopped; what a test makes there is removed.</summary>
internal sealed class ClusterControlPlane : IControlPlane
{
    private ClusterControlPlane(ClusterConnection connection)
    {
        Url = connection.BaseAddress;
        Admin = new HttpClient(new CredentialHandler(connection)) { BaseAddress = connection.BaseAddress };
    }

    public string Name => "the cluster of KUBECONFIG";

    public ControlPlaneNeeds Offers { get; private set; }

    /// <summary>Empty: where kubectl would look.</summary>
    public string Kubeconfig => "";

    public Uri Url { get; }

    public HttpClient Admin { get; }

    public static async Task<ClusterControlPlane> ConnectAsync(CancellationToken cancellation)
    {
        var options = new KubernetesOptions { Mode = KubernetesMode.Kubeconfig };
        var plane = new ClusterControlPlane(ClusterConnection.Open(options, TimeProvider.System, NullLogger.Instance));
        plane.Offers = await plane.ProbeAsync(cancellation);
        return plane;
    }

    public ValueTask DisposeAsync()
    {
        Admin.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Controllers are those that write the slice of a new Service; a kubelet is one that calls its node ready.</summary>
    private async Task<ControlPlaneNeeds> ProbeAsync(CancellationToken cancellation)
    {
        var nodes = KubernetesJson.Parse(await Admin.GetStringAsync("api/v1/nodes", cancellation)).Items();
        var isRun = nodes.SelectMany(static node => node.Array("status", "conditions"))
            .Any(static condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");
        return (await HasControllersAsync(cancellation) ? ControlPlaneNeeds.Controllers : ControlPlaneNeeds.ApiServer)
            | (await IsDualStackAsync(cancellation) ? ControlPlaneNeeds.DualStack : ControlPlaneNeeds.ApiServer)
            | (await HasPoliciesAsync(cancellation) ? ControlPlaneNeeds.AdmissionPolicies : ControlPlaneNeeds.ApiServer)
            | (isRun ? ControlPlaneNeeds.Kubelet : ControlPlaneNeeds.ApiServer);
    }

    private async Task<bool> HasPoliciesAsync(CancellationToken cancellation)
    {
        using var answer = await Admin.GetAsync("apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?limit=1", cancellation);
        return answer.IsSuccessStatusCode;
    }

    private async Task<bool> HasControllersAsync(CancellationToken cancellation)
    {
        var name = $"conformance-{Guid.NewGuid():n}"[..24];
        using var created = await PostAsync("api/v1/namespaces", $$"""{"metadata":{"name":"{{name}}"} }""", cancellation);
        created.EnsureSuccessStatusCode();
        try
        {
            const string Probe = """{"metadata":{"name":"probe"},"spec":{"selector":{"app":"none"},"ports":[{"port":80}]}}""";
            using var service = await PostAsync($"api/v1/namespaces/{name}/services", Probe, cancellation);
            service.EnsureSuccessStatusCode();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Patience.Limit);
            using var watch = new StreamReader(
                await Admin.GetStreamAsync($"apis/discovery.k8s.io/v1/namespaces/{name}/endpointslices?watch=true", patience.Token));
            return await watch.ReadLineAsync(patience.Token) is not null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            using var removed = await Admin.DeleteAsync($"api/v1/namespaces/{name}", CancellationToken.None);
        }
    }

    private async Task<bool> IsDualStackAsync(CancellationToken cancellation)
    {
        const string Probe = """{"metadata":{"name":"conformance-probe"},"spec":{"ipFamilyPolicy":"RequireDualStack","ports":[{"port":80}]}}""";
        using var answer = await PostAsync("api/v1/namespaces/default/services?dryRun=All", Probe, cancellation);
        return answer.IsSuccessStatusCode;
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string json, CancellationToken cancellation)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await Admin.PostAsync(path, content, cancellation);
    }

    private static SocketsHttpHandler HandlerOf(ClusterConnection connection)
    {
        var handler = new SocketsHttpHandler();
        connection.SetUp(handler);
        return handler;
    }

    /// <summary>Shows the kubeconfig's credential where a request brings none of its own.</summary>
    private sealed class CredentialHandler(ClusterConnection connection) : DelegatingHandler(HandlerOf(connection))
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var credential = await connection.GetCredentialAsync(cancellationToken);
            if (request.Headers.Authorization is null && credential.Token is { } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
