using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Leases by optimistic concurrency: of two that want one, one gets it.</summary>
public sealed class LeaseTests(ControlPlanes planes)
{
    [Theory, ControlPlanes]
    public async Task ALeaseIsCreatedOnce(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var lease = (await cluster.Api.PostAsync(cluster.Leases, Lease("a"))).Expect(201);
        lease.Text("spec", "holderIdentity").ShouldBe("a");
        lease.Version().ShouldBeGreaterThan(0);
        var again = (await cluster.Api.PostAsync(cluster.Leases, Lease("b"))).ExpectRefusal(409, "AlreadyExists");
        (again.Text("details", "group"), again.Text("details", "kind")).ShouldBe(("coordination.k8s.io", "leases"));
    }

    [Theory, ControlPlanes]
    public async Task AnUpdateOfTheCurrentVersionWinsAndOneOfAnOlderConflicts(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var lease = (await cluster.Api.PostAsync(cluster.Leases, Lease("a"))).Expect(201);
        var next = (JsonObject)lease.DeepClone();
        next["spec"]!["holderIdentity"] = "b";
        var updated = (await cluster.Api.PutAsync($"{cluster.Leases}/gateway", next)).Expect(200);
        updated.Version().ShouldBeGreaterThan(lease.Version());
        (await cluster.Api.PutAsync($"{cluster.Leases}/gateway", lease)).ExpectRefusal(409, "Conflict");
        (await cluster.Api.GetAsync($"{cluster.Leases}/gateway")).Expect(200).Text("spec", "holderIdentity").ShouldBe("b");
    }

    [Theory, ControlPlanes]
    public async Task OfManyUpdatesOfOneVersionOneWins(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var lease = (await cluster.Api.PostAsync(cluster.Leases, Lease("a"))).Expect(201);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number =>
        {
            var next = (JsonObject)lease.DeepClone();
            next["spec"]!["holderIdentity"] = $"replica-{number}";
            return cluster.Api.PutAsync($"{cluster.Leases}/gateway", next);
        }));
        answers.Count(static answer => answer.Status == 200).ShouldBe(1);
        answers.Count(static answer => answer.Status == 409).ShouldBe(7);
    }

    [Theory, ControlPlanes]
    public async Task AnUpdateWithoutAVersionIsInvalid(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.PostAsync(cluster.Leases, Lease("a"))).Expect(201);
        var answer = await cluster.Api.PutAsync($"{cluster.Leases}/gateway", Lease("b"));
        answer.ExpectRefusal(422, "Invalid");
        answer.Causes.ShouldContain("FieldValueInvalid metadata.resourceVersion");
    }

    [Theory, ControlPlanes]
    public async Task TimesHaveMicroseconds(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var lease = Lease("a");
        lease["spec"]!["renewTime"] = "2026-11-20T10:00:00.123456Z";
        lease["spec"]!["acquireTime"] = "2026-11-20T10:00:00.000000Z";
        lease["spec"]!["leaseTransitions"] = 3;
        var created = (await cluster.Api.PostAsync(cluster.Leases, lease)).Expect(201);
        created.Text("spec", "renewTime").ShouldBe("2026-11-20T10:00:00.123456Z");
        created.Text("spec", "acquireTime").ShouldBe("2026-11-20T10:00:00.000000Z");
        created.Number("spec", "leaseTransitions").ShouldBe(3);
    }

    [Theory, ControlPlanes]
    public async Task ALeaseThatIsNotThereIsNotFound(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.GetAsync($"{cluster.Leases}/gateway")).ExpectRefusal(404, "NotFound").Text("details", "group").ShouldBe("coordination.k8s.io");
    }

    private static JsonObject Lease(string holder) => KubernetesJson.Parse($$"""
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"gateway"},
         "spec":{"holderIdentity":"{{holder}}","leaseDurationSeconds":15} }
        """);
}
