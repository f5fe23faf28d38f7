using System.Net;
using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.Registration;

namespace Gateway.Tests.PodWriting;

/// <summary>The whole write path against the emulated API server, over real connections.</summary>
public sealed class WritesOverTheWireTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APodWithItsTokenRegistersUpdatesAndLeaves()
    {
        await using var cluster = await StartAsync(1);
        await using var replica = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        var caller = await CallerAsync(replica, cluster, "pod-0");

        var registered = (await replica.Service.RegisterAsync(caller, [WritingWorld.Request()], Cancel).Within()).Value;
        registered.IsPending.ShouldBeFalse();
        registered.Items[0].Instance.Status.ShouldBe(InstanceStatus.Up);
        Revision.TryParse(registered.Revision, out var revision).ShouldBeTrue();
        replica.Registry.Current.Revision.Covers(revision).ShouldBeTrue();

        var id = registered.Items[0].Instance.Id;
        (await replica.Service.UpdateAsync(caller, null, RegistrationId.Parse(id), new() { OutOfService = true }, Cancel).Within()).Value.Items[0].Instance.Status.ShouldBe(InstanceStatus.OutOfService);
        (await replica.Service.DeregisterAsync(caller, null, RegistrationId.Parse(id), Cancel).Within()).Refusal.ShouldBeNull();
        (await replica.Reads.FindAsync(caller, null, RegistrationId.Parse(id), Cancel).Within()).Refusal!.Code.ShouldBe(RefusalCodes.NotFound);
        (await replica.Service.DeregisterAsync(caller, null, RegistrationId.Parse(id), Cancel).Within()).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task WhatTheClusterSaysNoToIsToldApart()
    {
        await using var cluster = await StartAsync(1);
        await using var replica = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        var caller = await CallerAsync(replica, cluster, "pod-0");
        var faults = cluster.Cluster.Faults;

        faults.DenyByWebhook("not on Fridays", 1);
        var refusal = (await replica.Service.RegisterAsync(caller, [WritingWorld.Request()], Cancel).Within()).Refusal!;
        refusal.Code.ShouldBe(RefusalCodes.ClusterRefused);
        refusal.Detail.ShouldContain("not on Fridays");
        faults.WebhookTimeout(1);
        (await replica.Service.RegisterAsync(caller, [WritingWorld.Request()], Cancel).Within()).Refusal!.Code.ShouldBe(RefusalCodes.ClusterRefused);
        OwnKeys(cluster, "pod-0").ShouldBeEmpty();

        faults.LoseResponse(1, static request => request.Method == "PATCH");
        var registered = (await replica.Service.RegisterAsync(caller, [WritingWorld.Request()], Cancel).Within()).Value;
        registered.Items[0].Created.ShouldBeTrue("it was ours that arrived unseen");
        faults.AnswerNext(2, 429, retryAfter: 1, filter: static request => request.Method == "PATCH");
        (await replica.Service.UpdateAsync(caller, null, RegistrationId.Parse(registered.Items[0].Instance.Id), new() { Weight = 7 }, Cancel).Within()).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task APodReplacedUnderItsNameIsGone()
    {
        await using var cluster = await StartAsync(1);
        await using var replica = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        var caller = (PodCaller)await CallerAsync(replica, cluster, "pod-0");
        var former = caller with { Uid = "00000000-0000-0000-0000-000000000000" };
        (await replica.Service.RegisterAsync(former, [WritingWorld.Request()], Cancel).Within()).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
    }

    [Fact]
    public async Task ADeleteThroughAReplicaWhoseWatchStallsRemovesWhatAnotherAcknowledged()
    {
        await using var cluster = await StartAsync(1);
        await using var one = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        await using var stalled = await new LiveReplica(cluster.Cluster, "stalled", TimeSpan.Zero).SyncedAsync();
        var caller = await CallerAsync(one, cluster, "pod-0");
        cluster.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("stalled", StringComparison.Ordinal));

        var id = (await one.Service.RegisterAsync(caller, [WritingWorld.Request()], Cancel).Within()).Value.Items[0].Instance.Id;
        (await stalled.Service.DeregisterAsync(caller, null, RegistrationId.Parse(id), Cancel).Within()).Value.IsPending.ShouldBeTrue();
        OwnKeys(cluster, "pod-0").ShouldBeEmpty();

        (await one.Service.RegisterAsync(caller, [WritingWorld.Request()], Cancel).Within()).Value.Items[0].Created.ShouldBeTrue();
        var user = new UserCaller(new KubernetesUser("anna", null, ["system:masters"], KubernetesUser.NoExtra));
        (await stalled.Service.DeregisterAsync(user, null, RegistrationId.Parse(id), Cancel).Within()).Refusal.ShouldBeNull();
        OwnKeys(cluster, "pod-0").ShouldBeEmpty();
    }

    [Fact]
    public async Task ManyCallersThroughTwoReplicasLoseNothing()
    {
        await using var cluster = await StartAsync(8);
        await using var one = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        await using var two = await new LiveReplica(cluster.Cluster, "two").SyncedAsync();
        var callers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => CallerAsync(one, cluster, $"pod-{i}")));
        cluster.Cluster.Faults.AnswerNext(20, 409, body: """{"kind":"Status","status":"Failure","reason":"Conflict","code":409}""", filter: static request => request.Method == "PATCH");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            var service = (i % 2 == 0 ? one : two).Service;
            return await service.RegisterAsync(callers[i % 8], [WritingWorld.Request(port: 1000 + i)], Cancel);
        })).Within();

        outcomes.Select(static outcome => outcome.Refusal?.Code).ShouldAllBe(static code => code == null);
        for (var i = 0; i < 8; i++)
            OwnKeys(cluster, $"pod-{i}").Count.ShouldBe(8);

        // Every acknowledged revision is one from which the other replica shows the registration.
        foreach (var outcome in outcomes.Select(static outcome => outcome.Value))
        {
            Revision.TryParse(outcome.Revision, out var revision).ShouldBeTrue();
            foreach (var replica in new[] { one, two })
                (await replica.Registry.WaitForRevisionAsync(revision, Patience.Limit, Cancel))!.FindInstance(outcome.Items[0].Instance.Id).ShouldNotBeNull();
        }
    }

    private static async Task<SmallCluster> StartAsync(int pods)
    {
        var cluster = await SmallCluster.StartAsync();
        for (var i = 0; i < pods; i++)
        {
            cluster.Create(ResourceKinds.Pods, $$$"""{"metadata":{"name":"pod-{{{i}}}","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"x"}]}}""");
            cluster.Cluster.Player.Run("shop", $"pod-{i}", "node-1", IPAddress.Parse($"10.1.0.{i + 1}"));
        }

        await cluster.SettleAsync();
        return cluster;
    }

    private static async Task<CallerIdentity> CallerAsync(LiveReplica replica, SmallCluster cluster, string pod)
    {
        var token = cluster.Cluster.IssueToken("shop", "default", pod, ["registry-gateway"]);
        var identified = await replica.Callers.IdentifyAsync(new CallerEvidence { Authorization = ["Bearer " + token], RemoteAddress = IPAddress.Loopback }, Cancel).Within();
        return identified.Value.ShouldBeOfType<PodCaller>();
    }

    private static IReadOnlyCollection<string> OwnKeys(SmallCluster cluster, string pod) =>
        [.. (cluster.Cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)!.Content["metadata"]!["annotations"] as JsonObject ?? [])
            .Select(static entry => entry.Key).Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal))];
}
