using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Conformance.Registering;

/// <summary>Who may register what, decided by the plane's own reviews.</summary>
public sealed class CallerTests(ControlPlanes planes)
{
    private static readonly object Greeting = new { service = "greeting", port = 8080 };

    [Theory, ControlPlanes]
    public async Task WhoeverProvesNoPodIsRefused(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        await RefusedAsync(gateway.Http, Greeting, 401, "pod-required");
        await RefusedAsync(gateway.With("garbage"), Greeting, 401, "unauthenticated");
        await RefusedAsync(gateway.With(await cluster.TokenAsync("orders-1", "someone-else")), Greeting, 401, "unauthenticated");
        await RefusedAsync(gateway.With(await cluster.TokenAsync()), Greeting, 401, "pod-required");
        (await gateway.AnnotationsAsync("orders-1")).ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task AnotherPodIsForbiddenWithoutTheRightToPatchIt(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync("orders-2");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var forAnother = new { @namespace = cluster.Namespace, pod = "orders-2", service = "greeting", port = 8080 };
        await RefusedAsync(await gateway.InPodAsync("orders-1"), forAnother, 403, "forbidden");
        await RefusedAsync(gateway.With(await cluster.TokenAsync()), forAnother, 403, "forbidden");
        (await gateway.AnnotationsAsync("orders-2")).ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task AUserWithTheRightToPatchThePodMayActForIt(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var roles = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{cluster.Namespace}";
        (await cluster.Api.PostAsync($"{roles}/roles", """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["patch"]}]}""")).Expect(201);
        (await cluster.Api.PostAsync($"{roles}/rolebindings", $$"""
            {"metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},
             "subjects":[{"kind":"ServiceAccount","namespace":"{{cluster.Namespace}}","name":"{{TestCluster.ServiceAccount}}"}] }
            """)).Expect(201);
        await AllowedAsync(cluster);
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var user = gateway.With(await cluster.TokenAsync());

        var (status, answer) = await GatewayOnPlane.RegisterAsync(user, new { @namespace = cluster.Namespace, pod = "orders-1", service = "greeting", port = 8080 });

        status.ShouldBe(201, answer?.ToJsonString());
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting")).Count.ShouldBe(1);
        await RefusedAsync(user, new { @namespace = cluster.Namespace, pod = "nobody", service = "greeting", port = 8080 }, 403, "pod-gone");
    }

    [Theory, ControlPlanes]
    public async Task TheTokenOfAPodThatIsGoneRegistersNothingForTheNextOfItsName(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var known = await gateway.InPodAsync("orders-1");
        var unknown = gateway.With(await cluster.TokenAsync("orders-1"));
        (await GatewayOnPlane.RegisterAsync(known, Greeting)).Status.ShouldBe(201);
        await cluster.RemovePodAsync("orders-1");
        await cluster.AddPodAsync("orders-1");

        // Whether the cache of pods, a review that is remembered or a new one says so first: the pod that either token proves is gone.
        foreach (var caller in new[] { known, unknown })
        {
            var (status, problem) = await GatewayOnPlane.RegisterAsync(caller, Greeting);
            (status, problem.Text("code")).ShouldBeOneOf((403, "pod-gone"), (401, "unauthenticated"));
        }

        (await gateway.AnnotationsAsync("orders-1")).ShouldBeEmpty();
        await gateway.Http.LookUpUntilAsync(cluster.Namespace, "greeting", static all => all.Count == 0);
    }

    [Theory, ControlPlanes]
    public async Task ATerminatingPodMayDeregisterButNotRegister(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        var id = (await GatewayOnPlane.RegisterAsync(caller, Greeting)).Body.Text("id");
        await cluster.TerminateAsync("orders-1");
        await RefusedAsync(caller, new { service = "other", port = 8080 }, 409, "pod-terminating");
        (await GatewayOnPlane.SendAsync(caller, HttpMethod.Delete, $"/v1/registrations/{id}")).Status.ShouldBe(204);
        (await gateway.AnnotationsAsync("orders-1")).ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task TheNameOfAServiceIsForThePodsItSelects(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync(new PodShape("carts-1") { Labels = new Dictionary<string, string> { ["app"] = "carts" } });
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        await RefusedAsync(await gateway.InPodAsync("carts-1"), new { service = "orders", port = 8080 }, 403, "name-reserved");
        (await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-1"), new { service = "orders", port = 8080 })).Status.ShouldBe(201);
    }

    [Theory, ControlPlanes]
    public async Task APodOfANamespaceThatIsNotWatchedIsToldSo(ControlPlaneCase on)
    {
        await using var watched = await planes.OpenAsync(on);
        await using var other = await planes.OpenAsync(on);
        await other.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(watched);
        await RefusedAsync(gateway.With(await other.TokenAsync("orders-1")), Greeting, 422, "not-watched");
    }

    private static async Task RefusedAsync(HttpClient caller, object body, int status, string code)
    {
        var (answered, problem) = await GatewayOnPlane.RegisterAsync(caller, body);
        (answered, problem.Text("code")).ShouldBe((status, code), problem?.ToJsonString());
    }

    /// <summary>The authorizer follows role bindings by watches of its own and tells nobody when it has seen them.</summary>
    private static async Task AllowedAsync(TestCluster cluster)
    {
        var review = $$"""
            {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview",
             "spec":{"user":"system:serviceaccount:{{cluster.Namespace}}:{{TestCluster.ServiceAccount}}",
                     "resourceAttributes":{"namespace":"{{cluster.Namespace}}","verb":"patch","resource":"pods","name":"orders-1"} } }
            """;
        using var patience = new CancellationTokenSource(Patience.Limit);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)).Expect(201).Flag("status", "allowed") != true)
        {
            await again.WaitForNextTickAsync(patience.Token);
        }
    }
}
