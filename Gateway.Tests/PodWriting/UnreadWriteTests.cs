using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;
using Gateway.Tests.Identity;
using Gateway.Tests.Registration;

namespace Gateway.Tests.PodWriting;

/// <summary>A write is planned from the pod as known and patches exactly that version; a read comes only where that does not do.</summary>
public sealed class UnreadWriteTests : IDisposable
{
    private readonly WritingWorld _world = NewWorld();

    private MemoryApiServer Server => _world.Server;

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task ARegistrationOfACachedPodIsOnePatchWithItsUidAndVersion()
    {
        var before = _world.Pod.Metadata.Version;
        (await _world.RegisterAsync()).Created.ShouldBeTrue();

        Calls().ShouldBe((0, 1));
        using var patch = JsonDocument.Parse(Server.Patches[0]);
        var metadata = patch.RootElement.GetProperty("metadata");
        metadata.GetProperty("uid").GetString().ShouldBe("uid-shop-orders-1");
        metadata.GetProperty("resourceVersion").GetString().ShouldBe(before.ToString(null as IFormatProvider));
    }

    [Fact]
    public async Task UpdatesAndDeregistrationsOfACachedPodAreOnePatchEach()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        (await _world.UpdateAsync(id, new() { Weight = 7 })).Refusal.ShouldBeNull();
        (await _world.DeregisterAsync(id)).Refusal.ShouldBeNull();
        Calls().ShouldBe((0, 3));
    }

    [Fact]
    public async Task AStatusUpdateInBetweenIsAConflictThatIsReadOnceAndLosesNothing()
    {
        Server.ChangeBeforeNextPatch(static pod => Annotated(pod, "someone/else", "1") with { Ready = false });
        (await _world.RegisterAsync()).Created.ShouldBeTrue();

        Calls().ShouldBe((1, 2));
        _world.Own.ShouldHaveSingleItem();
        (_world.Pod.Ready, _world.Pod.Metadata.Annotations["someone/else"]).ShouldBe((false, "1"));
    }

    [Fact]
    public async Task ConflictsAfterTheReadAreReadAgain()
    {
        for (var i = 0; i < 3; i++)
            Server.ChangeBeforeNextPatch(static pod => pod with { Ready = !pod.Ready });
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        Calls().ShouldBe((3, 4));
        Server.Patches.ShouldAllBe(static patch => patch.Contains("resourceVersion", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APodThatIsNeverAtRestIsRegisteredAllTheSame()
    {
        for (var i = 0; i < 10; i++)
            Server.ChangeBeforeNextPatch(static pod => pod with { Ready = !pod.Ready });
        Server.ChangeBeforeNextPatch(static pod => pod with { Ready = !pod.Ready });
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        Server.Patches.Count.ShouldBe(11);
        Server.Patches[^1].ShouldNotContain("resourceVersion");
    }

    [Fact]
    public async Task AnEqualRegistrationIsDecidedByAReadAndWritesNothing()
    {
        await _world.RegisterAsync();
        (await _world.RegisterAsync()).Created.ShouldBeFalse();
        Calls().ShouldBe((1, 1));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task WhatLeavesNothingToWriteIsPlannedAgainOnlyWhereThePodHasChanged(bool hasChanged, int plans)
    {
        var known = _world.Pod;
        _world.Replica.Stall();
        if (hasChanged)
            _world.Annotate("someone/else", "1");
        List<ulong> planned = [];
        var write = await _world.Replica.Writer.WriteAsync(known, "caller", (pod, _) =>
        {
            planned.Add(pod.Metadata.Version);
            return new PodEdit<object> { Result = planned };
        }, TestContext.Current.CancellationToken).Within();

        planned.Count.ShouldBe(plans);
        (write.Value.HasWritten, write.Value.Pod.Metadata.Version).ShouldBe((false, _world.Pod.Metadata.Version));
        Calls().ShouldBe((1, 0));
    }

    [Fact]
    public async Task WhatTheKnownPodRefusesIsRefusedByTheApiServersAlone()
    {
        var known = _world.Pod;
        _world.Replica.Stall();
        _world.Annotate("someone/else", "1");
        var write = await _world.Replica.Writer.WriteAsync(known, "caller", (pod, _) => pod.Metadata.Version == known.Metadata.Version
            ? new PodEdit<object> { Refusal = new Refusal(RefusalCodes.PodTerminating, "It is terminating.") }
            : new PodEdit<object> { Result = pod }, TestContext.Current.CancellationToken).Within();
        write.Refusal.ShouldBeNull();

        Server.Delete(known.Metadata.Namespace, known.Metadata.Name);
        var gone = await _world.Replica.Writer.WriteAsync(known, "caller", static (_, _) =>
            new PodEdit<object> { Refusal = new Refusal(RefusalCodes.PodTerminating, "It is terminating.") }, TestContext.Current.CancellationToken).Within();
        gone.Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void APlanForAPodWithoutMirrorsMakesNone(bool writes)
    {
        var record = Registry.Given.Record("a");
        var pod = Registry.Given.Pod("a", "10.1.0.1", record);
        var edit = new PodEdit<object>
        {
            Result = record,
            Annotations = writes ? new Dictionary<string, string?> { [_world.Replica.Annotations.KeyOf(record.Id)] = "{}" }.ToImmutableDictionary() : [],
        };
        var waiting = new WaitingWriteOf<object>((_, _) => edit, "caller", default, null, CancellationToken.None) { Known = pod };
        _world.Replica.Planner.Plan(pod, [waiting], isRepeated: false, leaveMirrorsOut: null).Annotations.Count.ShouldBe(writes ? 1 : 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _world.Replica.Planner.Plan(pod, [waiting], isRepeated: false, leaveMirrorsOut: null);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(writes ? 4_096 : 1_536);
    }

    [Fact]
    public async Task WhatOnlyTheCacheStillHasIsRegisteredAgain()
    {
        await _world.RegisterAsync();
        _world.Replica.Stall();
        _world.Change(static pod => pod with { Metadata = pod.Metadata with { Annotations = ObjectMeta.NoEntries } });
        (await _world.RegisterAsync()).Created.ShouldBeTrue("another replica removed it");
        _world.Own.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ADeleteOfWhatTheCacheDoesNotHaveYetRemovesIt()
    {
        using var other = new Replica(Server, TimeProvider.System);
        other.View.See(_world.Pod);
        _world.Replica.Stall();
        var id = (await other.Service.RegisterAsync(_world.Self, [WritingWorld.Request()], TestContext.Current.CancellationToken).Within()).Value.Items[0].Instance.Id;
        (await _world.DeregisterAsync(id)).Refusal.ShouldBeNull();
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task ARefusalIsConfirmedByARead()
    {
        _world.Annotate("someone/else", new string('y', 196_000));
        _world.Replica.Stall();
        var large = WritingWorld.Request() with { Metadata = RegistrationRecord.NoMetadata.Add("k", new string('x', 2_000)) };
        (await _world.RefusalAsync(large)).Code.ShouldBe(RefusalCodes.AnnotationsFull);
        Calls().ShouldBe((1, 0));

        _world.Annotate("someone/else", "");
        (await _world.TryRegisterAsync(large)).Refusal.ShouldBeNull();
        Calls().ShouldBe((2, 1));
    }

    [Fact]
    public async Task WhileTheWatchOfPodsIsLostEveryWriteBeginsWithARead()
    {
        _world.Replica.View.IsFollowing = false;
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        Calls().ShouldBe((1, 1));
    }

    [Fact]
    public async Task APodThatTheCacheDoesNotKnowYetIsReadOnce()
    {
        _world.Replica.View.Pods.Clear();
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        Calls().ShouldBe((1, 1));
    }

    [Fact]
    public async Task APodReplacedUnderItsNameSinceTheCacheSawItIsGoneAndNothingIsWritten()
    {
        _world.Replica.Stall();
        Server.Delete("shop", "orders-1");
        Server.Put(IdentityWorld.NewPod("orders-1", uid: "successor"));
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodGone);
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task APodDeletedSinceTheCacheSawItIsGone()
    {
        _world.Replica.Stall();
        Server.Delete("shop", "orders-1");
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodGone);
        Calls().ShouldBe((0, 1));
    }

    [Fact]
    public async Task APodThatBeganToTerminateInBetweenCannotRegisterAndNothingIsWritten()
    {
        Server.ChangeBeforeNextPatch(static pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodTerminating);
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task APodThatFinishedInBetweenIsGoneAndNothingIsWritten()
    {
        Server.ChangeBeforeNextPatch(static pod => pod with { Phase = PodPhase.Succeeded });
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodGone);
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task MirrorsAndLabelsThatAnotherWriterChangedInBetweenAreKept()
    {
        using var world = NewWorld(static options => (options.Mirrors, options.Label) = (["generic"], true));
        world.Server.ChangeBeforeNextPatch(static pod => pod with
        {
            PodIPs = ["10.1.0.99"],
            Metadata = pod.Metadata with { Labels = new Dictionary<string, string>(pod.Metadata.Labels) { ["team"] = "shop" } },
        });
        var registered = await world.RegisterAsync();

        registered.Mirrors["generic"].ShouldBe(MirrorState.Written);
        Encoding.UTF8.GetString(Convert.FromBase64String(world.Pod.Metadata.Annotations["app.io/annotation"])).ShouldContain("10.1.0.99");
        world.Pod.Metadata.Labels["team"].ShouldBe("shop");
        world.Pod.Metadata.Labels["registry-gateway.io/registered"].ShouldBe("true");

        world.Server.ChangeBeforeNextPatch(static pod => Annotated(pod, "app.io/annotation", "another writer's"));
        var second = await world.RegisterAsync(WritingWorld.Request(port: 9090));
        second.Mirrors["generic"].Cause.ShouldBe(MirrorCauses.Foreign);
        world.Pod.Metadata.Annotations["app.io/annotation"].ShouldBe("another writer's");
        world.Own.Count.ShouldBe(2);
    }

    [Fact]
    public async Task TenRegistrationsOfOnePodAtOnceNeedNoReadThoughTheCacheLags()
    {
        _world.Replica.Stall();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Server.Hold = release.Task.WaitAsync;
        var registrations = Enumerable.Range(1, 10).Select(port => _world.TryRegisterAsync(WritingWorld.Request(port: port))).ToList();
        release.SetResult();

        (await Task.WhenAll(registrations)).ShouldAllBe(static result => result.Refusal == null && result.Value.Items[0].Created);
        Calls().ShouldBe((0, 2));
        _world.Own.Count.ShouldBe(10);
    }

    private static WritingWorld NewWorld(Action<AnnotationOptions>? annotations = null) =>
        new(annotations, limits: static options => options.VisibilityTimeout = TimeSpan.Zero, time: TimeProvider.System);

    private static Pod Annotated(Pod pod, string key, string value) => pod with
    {
        Metadata = pod.Metadata with { Annotations = new Dictionary<string, string>(pod.Metadata.Annotations) { [key] = value } },
    };

    private (int Gets, int Patches) Calls() => (Server.Gets, Server.Patches.Count);
}
