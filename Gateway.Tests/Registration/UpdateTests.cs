using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Registration;

/// <summary>PATCH, DELETE, heartbeats and reading (contract, section 2).</summary>
public sealed class UpdateTests : IDisposable
{
    private const string DubboGo = "dubbo.io/annotation";

    private readonly WritingWorld _world = new();

    [Fact]
    public async Task APatchChangesWhatItNamesAndCarriesTheVersionThatWasRead()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Metadata = Map(("a", "1"), ("b", "2")) })).Instance.Id;
        var version = _world.Pod.Metadata.Version;
        var updated = (await _world.UpdateAsync(id, new()
        {
            OutOfService = true,
            Weight = 7,
            Metadata = ImmutableSortedDictionary<string, string?>.Empty.Add("a", null).Add("c", "3"),
        })).Value.Items.ShouldHaveSingleItem();

        (updated.Created, updated.Instance.Status, updated.Instance.Weight).ShouldBe((false, InstanceStatus.OutOfService, 7));
        updated.Instance.Metadata.ShouldBe(Map(("b", "2"), ("c", "3")));
        _world.Record(id).OutOfService.ShouldBe(OutOfService.ByPod);
        using var patch = JsonDocument.Parse(_world.Server.Patches[^1]);
        patch.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString().ShouldBe(version.ToString(null as IFormatProvider));
    }

    [Fact]
    public async Task MetadataCanBeClearedAsAWhole()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Metadata = Map(("a", "1")) })).Instance.Id;
        (await _world.UpdateAsync(id, new() { ClearMetadata = true })).Value.Items[0].Instance.Metadata.ShouldBeEmpty();
    }

    [Fact]
    public async Task APatchThatChangesNothingIsNotSent()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Weight = 7 })).Instance.Id;
        (await _world.UpdateAsync(id, new() { Weight = 7, OutOfService = false })).Refusal.ShouldBeNull();
        _world.Server.Patches.Count.ShouldBe(1);
    }

    [Fact]
    public async Task UnknownMembersSurviveAPatch()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Annotate("registry-gateway.io/" + id, _world.Own[id].Replace("{\"v\":1", "{\"v\":1,\"future\":7", StringComparison.Ordinal));
        await _world.UpdateAsync(id, new() { Weight = 7 });
        _world.Own[id].ShouldContain("\"future\":7");
    }

    [Fact]
    public async Task WhatSomebodyElseTookOutStaysTheirsWhenThePodSaysTheSame()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        await _world.UpdateAsync(id, new() { OutOfService = true }, WritingWorld.Operator);
        await _world.UpdateAsync(id, new() { OutOfService = true });
        _world.Record(id).OutOfService.ShouldBe(OutOfService.ByOther);
    }

    [Fact]
    public async Task AStatusMayUseTheSpaceThatOthersLeaveUpToTheClustersLimit()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        var mine = _world.Pod.Metadata.AnnotationBytes;
        _world.Annotate("example.com/others", new string('x', 200_000));
        (await _world.UpdateAsync(id, new() { Metadata = ImmutableSortedDictionary<string, string?>.Empty.Add("a", "b") })).Refusal!.Code.ShouldBe(RefusalCodes.AnnotationsFull);
        (await _world.UpdateAsync(id, new() { OutOfService = true })).Refusal.ShouldBeNull();
        _world.Record(id).OutOfService.ShouldBe(OutOfService.ByPod);
        (await _world.UpdateAsync(id, new() { OutOfService = false })).Refusal.ShouldBeNull();

        _world.Annotate("example.com/others", new string('x', (256 * 1024) - "example.com/others".Length - mine));
        var full = (await _world.UpdateAsync(id, new() { OutOfService = true })).Refusal.ShouldNotBeNull();
        (full.Code, full.Detail.Contains("past 262144", StringComparison.Ordinal)).ShouldBe((RefusalCodes.AnnotationsFull, true), full.Detail);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task APodThatFailedIsDeregisteredOneByOneAsWellAsAtOnce(bool oneByOne)
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Change(static pod => pod with { Phase = PodPhase.Failed });
        var done = oneByOne
            ? await _world.Service.DeregisterAsync(WritingWorld.Operator, WritingWorld.Named, RegistrationId.Parse(id), TestContext.Current.CancellationToken).Within()
            : await _world.Service.DeregisterAllAsync(WritingWorld.Operator, WritingWorld.Named, TestContext.Current.CancellationToken).Within();
        done.Refusal.ShouldBeNull();
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task ADeregistrationWithoutEffectLeavesItsLine()
    {
        const string Nothing = "00000000000000000000000000000000";
        await _world.DeregisterAsync(Nothing);
        await _world.DeregisterAsync(Nothing, WritingWorld.Operator);
        _world.Replica.AuditLog.Lines.Select(static line => (line.Id, Says: line.Text.Contains(Nothing, StringComparison.Ordinal)))
            .ShouldBe([(1611, true), (1613, true)]);
    }

    [Fact]
    public async Task ARefusalsLineNamesThePodWhereItIsKnown()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Server.Put(IdentityWorld.NewPod("orders-2", "10.1.0.8"));
        var other = new PodCaller("shop", "orders-2", "uid-shop-orders-2", IdentityProof.Token, KubernetesUser.OfServiceAccount("shop", "default"), null);
        (await _world.UpdateAsync(id, new() { Weight = 1 }, other)).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
        (await _world.DeregisterAsync(id, other)).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
        _world.Replica.AuditLog.Lines.Where(static line => line.Id == 1612).Select(static line => line.Text.Split(" by ")[0])
            .ShouldBe(["update of pod shop/orders-1", "deregister of pod shop/orders-1"]);
    }

    [Fact]
    public async Task AnUnknownRegistrationIsNotFound()
    {
        (await _world.UpdateAsync(new string('0', 32), new() { Weight = 1 })).Refusal!.Code.ShouldBe(RefusalCodes.NotFound);
        (await _world.UpdateAsync(new string('0', 32), new() { Weight = 1 }, WritingWorld.Operator)).Refusal!.Code.ShouldBe(RefusalCodes.NotFound);
    }

    [Fact]
    public async Task AnothersRegistrationIsForbidden()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Server.Put(IdentityWorld.NewPod("orders-2", "10.1.0.8"));
        var other = _world.Self with { Name = "orders-2", Uid = "uid-shop-orders-2" };
        (await _world.UpdateAsync(id, new() { Weight = 1 }, other)).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
        (await _world.DeregisterAsync(id, other)).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
        _world.Own.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ADeclaredRegistrationIsOverriddenByAnOwnKeyOfStatusAndWeightAlone()
    {
        var id = Declare();
        var updated = (await _world.UpdateAsync(id, new() { OutOfService = true, Weight = 3 })).Value.Items[0].Instance;
        (updated.Status, updated.Weight, updated.Source).ShouldBe((InstanceStatus.OutOfService, 3, InstanceSource.Declared));
        _world.Record(id).IsOverlay.ShouldBeTrue();
        _world.Record(id).Metadata.ShouldBeEmpty();

        (await _world.UpdateAsync(id, new() { Metadata = ImmutableSortedDictionary<string, string?>.Empty.Add("a", "1") })).Refusal!.Code.ShouldBe(RefusalCodes.Conflict);
        (await _world.UpdateAsync(id, new() { OutOfService = false })).Value.Items[0].Instance.Status.ShouldBe(InstanceStatus.Up);
        _world.Record(id).WeightOverride.ShouldBe(3);
    }

    [Fact]
    public async Task AnOverlayThatOverridesNothingGoes()
    {
        var id = Declare();
        await _world.UpdateAsync(id, new() { OutOfService = true });
        await _world.UpdateAsync(id, new() { OutOfService = false });
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task ADeclaredRegistrationCannotBeDeregistered()
    {
        var id = Declare();
        var refusal = (await _world.DeregisterAsync(id)).Refusal!;
        refusal.Code.ShouldBe(RefusalCodes.Conflict);
        refusal.Detail.ShouldContain("declared");
    }

    [Fact]
    public async Task ADeclaredServiceThatRegistersItselfKeepsWhatSomebodyElseTookOut()
    {
        var id = Declare();
        await _world.UpdateAsync(id, new() { OutOfService = true }, WritingWorld.Operator);
        var registered = await _world.RegisterAsync(WritingWorld.Request("declared", 9000));
        (registered.Created, registered.Instance.Source, registered.Instance.Status).ShouldBe((true, InstanceSource.Gateway, InstanceStatus.OutOfService));
    }

    [Fact]
    public async Task DeregisteringIsASuccessAlsoWhenItIsGoneAlready()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        (await _world.DeregisterAsync(id)).Refusal.ShouldBeNull();
        _world.Own.ShouldBeEmpty();
        _world.Server.Patches[^1].ShouldContain("resourceVersion");
        var again = (await _world.DeregisterAsync(id)).Value;
        again.Revision.ShouldNotBeNull();
        _world.Server.Patches.Count.ShouldBe(2);
        (await _world.DeregisterAsync(id, WritingWorld.Operator)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task DeregisteringRemovesAnUnreadableOwnKeyToo()
    {
        var id = new string('a', 32);
        _world.Annotate("registry-gateway.io/" + id, "{");
        (await _world.DeregisterAsync(id)).Refusal.ShouldBeNull();
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task DeregisteringAllLeavesOthersAnnotationsAndWhatIsTakenOutOfTheirs()
    {
        var declared = Declare();
        await _world.RegisterAsync();
        await _world.RegisterAsync(WritingWorld.Request(port: 1));
        await _world.UpdateAsync(declared, new() { OutOfService = true });
        _world.Annotate("registry-gateway.io/" + new string('b', 32), "{");
        (await _world.Service.DeregisterAllAsync(_world.Self, null, TestContext.Current.CancellationToken)).Refusal.ShouldBeNull();

        _world.Own.Keys.ShouldBe([declared]);
        _world.Pod.Metadata.Annotations.Keys.ShouldContain("registry-gateway.io/declare");
    }

    [Fact]
    public async Task ATerminatingPodMayStillPatchDeregisterAndHeartbeat()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Ttl = 30 })).Instance.Id;
        _world.Change(static pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        (await _world.HeartbeatAsync(id)).ShouldBeNull();
        (await _world.UpdateAsync(id, new() { OutOfService = true })).Value.Items[0].Instance.Status.ShouldBe(InstanceStatus.Terminating);
        (await _world.DeregisterAsync(id)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task HeartbeatsRenewWithoutTouchingTheApiServer()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Ttl = 30 })).Instance.Id;
        var calls = _world.Server.Gets + _world.Server.Patches.Count;
        for (var i = 0; i < 4; i++)
        {
            _world.Time.Advance(TimeSpan.FromSeconds(20));
            (await _world.HeartbeatAsync(id)).ShouldBeNull();
        }

        (_world.Server.Gets + _world.Server.Patches.Count).ShouldBe(calls);
        _world.Replica.Leases.StateOf(id).HasLapsed.ShouldBeFalse();
        _world.Time.Advance(TimeSpan.FromSeconds(31));
        _world.Replica.Leases.StateOf(id).HasLapsed.ShouldBeTrue();
    }

    [Fact]
    public async Task AHeartbeatWithoutARegistrationOrWithoutATtlSaysSo()
    {
        (await _world.HeartbeatAsync(new string('0', 32)))!.Code.ShouldBe(RefusalCodes.NotFound);
        var id = (await _world.RegisterAsync()).Instance.Id;
        // Reads of one pod are paced.
        _world.Time.Advance(TimeSpan.FromMilliseconds(200));
        (await _world.HeartbeatAsync(id))!.Code.ShouldBe(RefusalCodes.NoLease);
    }

    [Fact]
    public async Task OwnRegistrationsIncludeDeclaredAndUnreadableOnes()
    {
        Declare();
        await _world.RegisterAsync();
        _world.Annotate("registry-gateway.io/" + new string('b', 32), "{");
        var own = (await _world.Replica.Reads.OwnAsync(_world.Self, null, TestContext.Current.CancellationToken)).Value.ShouldHaveSingleItem();
        own.Items.Select(static item => item.Key.Service).Order().ShouldBe(["declared", "orders"]);
        own.Unreadable.ShouldHaveSingleItem().Id.ShouldBe(new string('b', 32));
    }

    [Fact]
    public async Task OwnRegistrationsSayHowEachMirrorIsNow()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Mirrors = ["dubbo-go-1.5"] })).Instance.Id;
        var other = (await _world.RegisterAsync(WritingWorld.Request("plain", 9000))).Instance.Id;
        var written = _world.Pod.Metadata.Annotations[DubboGo];
        (await MirrorsAsync()).ShouldBe([$"{id} dubbo-go-1.5 written "]);

        _world.Annotate(DubboGo, "");
        (await MirrorsAsync()).ShouldBe([$"{id} dubbo-go-1.5 left-out it is not written yet as it is now"]);
        _world.Annotate(DubboGo, "another writer's");
        (await MirrorsAsync()).ShouldHaveSingleItem().ShouldStartWith($"{id} dubbo-go-1.5 left-out {DubboGo} has another writer's content");
        _world.Annotate(DubboGo, written);
        var patches = _world.Server.Patches.Count;
        (await MirrorsAsync()).ShouldBe([$"{id} dubbo-go-1.5 written "]);
        _world.Server.Patches.Count.ShouldBe(patches, "it only reads");

        async Task<string[]> MirrorsAsync()
        {
            var own = (await _world.Replica.Reads.OwnAsync(_world.Self, null, TestContext.Current.CancellationToken)).Value.ShouldHaveSingleItem();
            own.Items.Select(static one => one.Id).Order().ShouldBe(new[] { id, other }.Order());
            return [.. own.Items.SelectMany(one => own.MirrorsOf(one).Select(mirror => $"{one.Id} {mirror.Key} {mirror.Value.State} {mirror.Value.Reason}"))];
        }
    }

    [Fact]
    public async Task OneIsReadByItsPodAndByWhoeverMayActForIt()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Server.Put(IdentityWorld.NewPod("orders-2"));
        var neighbour = new PodCaller("shop", "orders-2", "uid-shop-orders-2", IdentityProof.Token, KubernetesUser.OfServiceAccount("shop", "default"), null);
        async Task<Result<Instance>> FindAsync(CallerIdentity caller, string wanted) =>
            await _world.Replica.Reads.FindAsync(caller, null, RegistrationId.Parse(wanted), TestContext.Current.CancellationToken).Within();

        (await FindAsync(_world.Self, id)).Value.Key.Service.ShouldBe("orders");
        (await FindAsync(WritingWorld.Operator, id)).Value.Key.Service.ShouldBe("orders");
        (await FindAsync(neighbour, id)).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
        (await FindAsync(new AnonymousCaller(false), id)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await FindAsync(_world.Self, new string('0', 32))).Refusal!.Code.ShouldBe(RefusalCodes.NotFound);
    }

    public void Dispose() => _world.Dispose();

    private static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] entries) =>
        entries.ToImmutableSortedDictionary(static one => one.Key, static one => one.Value, StringComparer.Ordinal);

    private string Declare()
    {
        _world.Annotate("registry-gateway.io/declare", """[{"service":"declared","port":9000}]""");
        return new RegistrationKey("shop", "declared", "", "", "http", 9000).IdFor("uid-shop-orders-1");
    }
}
