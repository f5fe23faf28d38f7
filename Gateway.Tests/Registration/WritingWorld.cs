using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Results;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Registration;

/// <summary>One replica, one pod <c>shop/orders-1</c> that calls it with a token, and an operator who may act for any pod.</summary>
internal sealed class WritingWorld : IDisposable
{
    public static readonly UserCaller Operator = new(new KubernetesUser("anna", "42", ["operators"], KubernetesUser.NoExtra));

    public WritingWorld(
        Action<AnnotationOptions>? annotations = null, Action<AccessOptions>? access = null, Action<LeaseOptions>? leases = null,
        Action<RegistrationOptions>? limits = null, TimeProvider? time = null)
    {
        Server.Allows = static review => review.User == "anna";
        Replica = new Replica(Server, time ?? Time, annotations, access, leases, limits);
        Server.Put(IdentityWorld.NewPod("orders-1"));
    }

    public ManualTimeProvider Time { get; } = new();
    public MemoryApiServer Server { get; } = new();
    public Replica Replica { get; }
    public RegistrationService Service => Replica.Service;

    public PodCaller Self => new("shop", "orders-1", "uid-shop-orders-1", IdentityProof.Token, KubernetesUser.OfServiceAccount("shop", "default"), null);

    public Pod Pod => Server.Read("shop", "orders-1");

    /// <summary>Own keys of the pod, by id.</summary>
    public IReadOnlyDictionary<string, string> Own =>
        Pod.Metadata.Annotations.Where(entry => Replica.Annotations.TryGetId(entry.Key, out _)).ToDictionary(static entry => entry.Key[^32..], static entry => entry.Value);

    public static RegistrationRequest Request(string service = "orders", int port = 8080) => new() { Service = service, Port = port };

    public static PodName Named => new("shop", "orders-1");

    public Task<Result<RegistrationOutcome>> TryRegisterAsync(params RegistrationRequest[] requests) =>
        Service.RegisterAsync(Self, requests, TestContext.Current.CancellationToken).Within();

    public async Task<RegisteredInstance> RegisterAsync(RegistrationRequest? request = null) =>
        (await TryRegisterAsync(request ?? Request())).Value.Items.ShouldHaveSingleItem();

    public async Task<RegisteredInstance> RegisterForAsync(RegistrationRequest request) =>
        (await Service.RegisterAsync(Operator, [request with { Pod = Named }], TestContext.Current.CancellationToken).Within()).Value.Items.ShouldHaveSingleItem();

    public async Task<Refusal> RefusalAsync(params RegistrationRequest[] requests) => (await TryRegisterAsync(requests)).Refusal.ShouldNotBeNull();

    public Task<Result<RegistrationOutcome>> UpdateAsync(string id, RegistrationChange change, CallerIdentity? caller = null) =>
        Service.UpdateAsync(caller ?? Self, null, RegistrationId.Parse(id), change, TestContext.Current.CancellationToken).Within();

    public Task<Result<DeregistrationOutcome>> DeregisterAsync(string id, CallerIdentity? caller = null) =>
        Service.DeregisterAsync(caller ?? Self, null, RegistrationId.Parse(id), TestContext.Current.CancellationToken).Within();

    public Task<Refusal?> HeartbeatAsync(string id) => Replica.Renewals.RenewAsync(Self, null, RegistrationId.Parse(id), TestContext.Current.CancellationToken).Within();

    /// <summary>The kubelet, or somebody with kubectl, changes the pod.</summary>
    public Pod Change(Func<Pod, Pod> change) => Server.Change("shop", "orders-1", change);

    public Pod Annotate(string key, string value) => Change(pod => pod with
    {
        Metadata = pod.Metadata with { Annotations = new Dictionary<string, string>(pod.Metadata.Annotations) { [key] = value } },
    });

    public RegistrationRecord Record(string id) => NativeFormat.TryRead(Pod, id, Own[id], out var reason) ?? throw new InvalidOperationException(reason);

    public void Dispose() => Replica.Dispose();
}
