using System.Net;
using System.Text.Json.Nodes;
using Gateway.Core.Registry.Revisions;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary>What waited is authorised again before it answers, and a caller has only so many calls that wait.</summary>
public sealed class WaitingRightTests
{
    private static readonly TimeSpan MinRevisionWait = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task ARevisionThatIsNotReachedIsA403WhereTheRightEndedMeanwhile()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time, ("Access:Lookup", "Rbac"));
        registry.Grant("shop", "guests", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        var reader = registry.As("billing", "biller-1");
        const string Path = "/v1/namespaces/shop/services/greeting/instances";
        var current = registry.Gateway.State.Current.Revision;
        var later = current.Raise(new RevisionPart(current.Parts[0].Index, current.Parts[0].History, current.Parts[0].Version + 1_000_000)).ToString();
        async Task<HttpResponseMessage> WaitOutAsync(Action meanwhile)
        {
            // What the review needs is cached, so the next timer of this length is the wait's own.
            using var cached = await registry.Http.CallAsync("GET", Path, headers: reader);
            cached.StatusCode.ShouldBe(HttpStatusCode.OK);
            time.Advance(TimeSpan.FromMilliseconds(1));
            var armed = time.WaitForTimerAsync(MinRevisionWait);
            var waiting = registry.Http.CallAsync("GET", $"{Path}?minRevision={Uri.EscapeDataString(later)}", headers: reader);
            await armed.Within();
            meanwhile();
            time.Advance(MinRevisionWait);
            return await waiting.Within();
        }

        using (var answer = await WaitOutAsync(static () => { }))
            answer.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        using (var answer = await WaitOutAsync(() => registry.Cluster.Objects.Remove(ResourceKinds.RoleBindings, "shop", "guests").ShouldBeTrue()))
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task ADrainIsA403WhereTheRightEndedMeanwhileAndWhatWasWrittenStays()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time);
        registry.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        var id = await registry.RegisteredAsync("shop", "greeter-1");
        async Task<HttpResponseMessage> DrainAsync(int weight, Action meanwhile)
        {
            // It stays UP, so the drain lasts to its deadline.
            var armed = time.WaitForTimerAsync(TimeSpan.FromSeconds(17));
            var waiting = registry.Http.CallAsync("PATCH", $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=17s", $$"""{"weight":{{weight}}}""", headers: registry.As("billing", "biller-1"));
            await armed.Within();
            meanwhile();
            time.Advance(TimeSpan.FromSeconds(17));
            return await waiting.Within();
        }

        using (var answer = await DrainAsync(50, static () => { }))
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var answer = await DrainAsync(60, () => registry.Cluster.Objects.Remove(ResourceKinds.RoleBindings, "shop", "operators").ShouldBeTrue()))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain(id);
        }

        registry.Own("shop", "greeter-1").Values.Single().ShouldContain("\"weight\":60");
    }

    [Fact]
    public async Task ACallerHasSoManyDrainsThatWaitAndTheSurplusWritesNothing()
    {
        await using var registry = await StartAsync(null, ("Limits:WaitsPerCaller", "1"));
        var (one, other) = (await registry.RegisteredAsync("shop", "greeter-1"), await registry.RegisteredAsync("billing", "biller-1"));
        Task<HttpResponseMessage> DrainAsync(string ns, string pod, string id, int weight, string timeout) => registry.Http.CallAsync(
            "PATCH", $"/v1/registrations/{id}?drain=wait&timeout={timeout}", $$"""{"weight":{{weight}}}""", headers: registry.As(ns, pod));

        // One of the two waits, whichever comes first.
        var drains = new[] { DrainAsync("shop", "greeter-1", one, 50, "60s"), DrainAsync("shop", "greeter-1", one, 60, "60s") };
        var first = await Task.WhenAny(drains).Within();
        using var surplus = await first;
        surplus.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        surplus.Headers.RetryAfter.ShouldNotBeNull();
        ((string?)JsonNode.Parse(await surplus.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]).ShouldBe("overloaded");
        using (var ofAnother = await DrainAsync("billing", "biller-1", other, 50, "1ms").Within())
            ofAnother.StatusCode.ShouldBe(HttpStatusCode.OK);

        using (var without = await registry.Http.CallAsync("PATCH", $"/v1/registrations/{one}", """{"status":"OUT_OF_SERVICE"}""", headers: registry.As("shop", "greeter-1")))
            without.StatusCode.ShouldBe(HttpStatusCode.OK, "it does not wait");
        using var drained = await drains.Single(drain => drain != first).Within();
        drained.StatusCode.ShouldBe(HttpStatusCode.OK);
        registry.Own("shop", "greeter-1").Values.Single().ShouldContain(first == drains[0] ? "\"weight\":60" : "\"weight\":50");
        using var again = await DrainAsync("shop", "greeter-1", one, 70, "1ms").Within();
        again.StatusCode.ShouldBe(HttpStatusCode.OK, "the wait that ended made room");
    }

    private static async Task<FencedRegistry> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(time, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("billing", "biller-1", "10.0.0.2");
        }, [("Leases:Enabled", "false"), .. settings]);
        await registry.SeenAsync("shop", "greeter-1");
        await registry.SeenAsync("billing", "biller-1");
        return registry;
    }
}
