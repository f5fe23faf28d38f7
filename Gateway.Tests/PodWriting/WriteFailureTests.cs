using System.Text.Json;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registration;
using Gateway.Core.Results;
using Gateway.Tests.Identity;
using Gateway.Tests.Registration;
using k8s.Models;

namespace Gateway.Tests.PodWriting;

/// <summary>What the API server can answer to a PATCH, and what becomes of it.</summary>
public sealed class WriteFailureTests : IDisposable
{
    private readonly WritingWorld _world = new(time: TimeProvider.System);

    [Fact]
    public async Task AWriteThatDependsOnWhatWasReadIsPlannedAnewAfterAConflict()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Server.ChangeBeforeNextPatch(pod => With(pod, "registry-gateway.io/" + id, pod.Metadata.Annotations["registry-gateway.io/" + id].Replace("{\"v\":1", "{\"v\":1,\"future\":7", StringComparison.Ordinal)));
        (await _world.UpdateAsync(id, new() { Weight = 7 })).Refusal.ShouldBeNull();

        _world.Own[id].ShouldContain("\"future\":7");
        _world.Record(id).Weight.ShouldBe(7);
        _world.Server.Patches.Count.ShouldBe(3);
    }

    [Fact]
    public async Task ANewRegistrationLosesNothingOfAnotherWriter()
    {
        _world.Server.ChangeBeforeNextPatch(static pod => With(pod, "someone/else", "1"));
        await _world.RegisterAsync();
        _world.Server.Patches.Count.ShouldBe(2);
        _world.Pod.Metadata.Annotations["someone/else"].ShouldBe("1");
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(0)]
    public async Task TroubleThatPassesIsWaitedOut(int status)
    {
        _world.Server.AnswerNextPatch(new KubernetesApiException(status, null, TimeSpan.FromMilliseconds(1)));
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        _world.Server.Patches.Count.ShouldBe(2);
    }

    [Fact]
    public async Task TroubleThatOutlastsTheDeadlineIs503WithNothingHalfDone()
    {
        _world.Server.AnswerNextPatch(new KubernetesApiException(429, null, TimeSpan.FromMinutes(2)));
        var refusal = await _world.RefusalAsync(WritingWorld.Request());
        (refusal.Code, refusal.RetryAfter).ShouldBe((RefusalCodes.ApiServerUnavailable, TimeSpan.FromMinutes(2)));
        refusal.Detail.ShouldContain("nothing");
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task AStallingApiServerIsGivenUpAtTheDeadlineAndAPatchOnItsWayMayHaveBeenApplied()
    {
        using var world = new WritingWorld();
        world.Server.Hold = static cancel => Task.Delay(Timeout.Infinite, cancel);
        var refused = world.RefusalAsync(WritingWorld.Request());
        await world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        world.Time.Advance(TimeSpan.FromSeconds(10));
        var refusal = await refused;
        refusal.Code.ShouldBe(RefusalCodes.ApiServerUnavailable);
        refusal.RetryAfter.ShouldNotBeNull();
        refusal.Detail.ShouldContain("may have been applied");
    }

    [Fact]
    public async Task AWriteWhoseAnswerWasLostIsFoundToStandAndIsStillNew()
    {
        _world.Server.LoseNextAnswer();
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        _world.Server.Patches.Count.ShouldBe(1, "the second look found it done");
        _world.Own.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AnAdmissionWebhookThatSaysNoIsQuotedAndNotAskedAgain()
    {
        _world.Server.AnswerNextPatch(MemoryApiServer.Status(403, "", "admission webhook \"pods.example\" denied the request: not on Fridays"));
        var refusal = await _world.RefusalAsync(WritingWorld.Request());
        refusal.Code.ShouldBe(RefusalCodes.ClusterRefused);
        refusal.Detail.ShouldContain("not on Fridays");
        _world.Server.Patches.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(403, "Forbidden")]
    [InlineData(400, "BadRequest")]
    [InlineData(422, "Invalid")]
    public async Task APolicyThatSaysNoIsClusterRefused(int status, string reason)
    {
        _world.Server.AnswerNextPatch(MemoryApiServer.Status(status, reason, "denied request: the gateway may not", new V1StatusCause { Reason = "", Field = "", Message = "why" }));
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.ClusterRefused);
        _world.Server.Patches.Count.ShouldBe(1);
    }

    [Fact]
    public async Task AWebhookThatCannotBeCalledIsClusterRefused()
    {
        _world.Server.AnswerNextPatch(MemoryApiServer.Status(
            500, "InternalError", "Internal error occurred: failed calling webhook \"w\": context deadline exceeded"));
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.ClusterRefused);
        _world.Server.Patches.Count.ShouldBe(1);
    }

    [Fact]
    public async Task APodReplacedBetweenReadAndPatchIsGone()
    {
        _world.Server.ChangeBeforeNextPatch(static _ => IdentityWorld.NewPod("orders-1", uid: "successor"));
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodGone);
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatDoesNotFitIsRefusedWithTheSizesAndNothingIsWritten()
    {
        var big = WritingWorld.Request() with { Metadata = RegistrationRecord.NoMetadata.Add("k", new string('x', 70_000)) };
        (await _world.TryRegisterAsync(big)).Refusal.ShouldBeNull();
        var refusal = await _world.RefusalAsync(big with { Port = 8081 });
        refusal.Code.ShouldBe(RefusalCodes.AnnotationsFull);
        refusal.Detail.ShouldContain("131072");
        _world.Own.Count.ShouldBe(1);

        // Others' annotations count for the limit over all.
        _world.Change(pod => With(pod, "someone/else", new string('y', 130_000)));
        (await _world.RefusalAsync(WritingWorld.Request(port: 1))).Detail.ShouldContain("196608");
        (await _world.UpdateAsync(_world.Own.Keys.Single(), new() { ClearMetadata = true })).Refusal.ShouldBeNull("what makes it smaller fits");
        (await _world.TryRegisterAsync(WritingWorld.Request(port: 1))).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task ARecordBeyondThoseThatAreReadIsNotWritten()
    {
        _world.Change(static pod => Enumerable.Range(0, 999).Aggregate(pod, static (one, i) => With(one, $"registry-gateway.io/{i:x32}", "{}")));
        (await _world.TryRegisterAsync(WritingWorld.Request(port: 1))).Refusal.ShouldBeNull();
        var refusal = await _world.RefusalAsync(WritingWorld.Request(port: 2));
        refusal.Code.ShouldBe(RefusalCodes.AnnotationsFull);
        refusal.Detail.ShouldContain("1001 own records");
    }

    [Fact]
    public async Task TheApiServersOwnLimitIsAnnotationsFullToo()
    {
        _world.Server.AnswerNextPatch(MemoryApiServer.Status(422, "Invalid", "Too long", new V1StatusCause { Reason = "FieldValueTooLong", Field = "metadata.annotations", Message = "Too long" }));
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.AnnotationsFull);
    }

    [Fact]
    public async Task WritesThatWaitForEachOtherAreOnePatch()
    {
        var release = Held(out var entered);
        var first = _world.TryRegisterAsync(WritingWorld.Request(port: 1));
        await entered;
        var others = Enumerable.Range(2, 10).Select(port => _world.TryRegisterAsync(WritingWorld.Request(port: port))).ToList();
        release.SetResult();

        (await first).Refusal.ShouldBeNull();
        (await Task.WhenAll(others)).ShouldAllBe(static result => result.Refusal == null);
        _world.Server.Patches.Count.ShouldBe(2);
        _world.Own.Count.ShouldBe(11);
    }

    [Fact]
    public async Task AJointPatchThatIsRefusedIsSentAgainInItsParts()
    {
        _world.Server.Admission = static (_, metadata) =>
        {
            if (metadata.GetRawText().Contains("forbidden", StringComparison.Ordinal))
                throw MemoryApiServer.Status(403, "", "no such names here");
        };
        var release = Held(out var entered);
        var first = _world.TryRegisterAsync(WritingWorld.Request(port: 1));
        await entered;
        var good = _world.TryRegisterAsync(WritingWorld.Request(port: 2));
        var bad = _world.TryRegisterAsync(WritingWorld.Request("forbidden", 3));
        var fine = _world.TryRegisterAsync(WritingWorld.Request(port: 4));
        release.SetResult();

        (await first).Refusal.ShouldBeNull();
        (await good).Refusal.ShouldBeNull();
        (await bad).Refusal!.Code.ShouldBe(RefusalCodes.ClusterRefused);
        (await fine).Refusal.ShouldBeNull();
        _world.Server.Patches.Count.ShouldBe(5);
        _world.Own.Count.ShouldBe(3);
    }

    [Fact]
    public async Task OneThatIsRefusedWhilePlannedDoesNotHoldUpItsNeighbours()
    {
        var release = Held(out var entered);
        var first = _world.TryRegisterAsync(WritingWorld.Request(port: 1));
        await entered;
        var missing = _world.UpdateAsync(new string('0', 32), new() { Weight = 1 });
        var good = _world.TryRegisterAsync(WritingWorld.Request(port: 2));
        release.SetResult();
        (await first).Refusal.ShouldBeNull();
        (await missing).Refusal!.Code.ShouldBe(RefusalCodes.NotFound);
        (await good).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task AtMostSoManyWritesAreInFlightAndWhoWaitsTooLongIsTurnedAway()
    {
        using var world = new WritingWorld(limits: static options => (options.MaxWritesInFlight, options.WriteTimeout) = (1, TimeSpan.FromMinutes(1)));
        world.Server.Put(IdentityWorld.NewPod("orders-2", "10.1.0.8"));
        world.Server.Hold = static cancel => Task.Delay(Timeout.Infinite, cancel);
        var stuck = world.TryRegisterAsync(WritingWorld.Request());
        var waiting = world.Service.RegisterAsync(
            world.Self with { Name = "orders-2", Uid = "uid-shop-orders-2" }, [WritingWorld.Request()], TestContext.Current.CancellationToken);
        await world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        world.Time.Advance(TimeSpan.FromSeconds(10));

        var refusal = (await waiting.Within()).Refusal!;
        refusal.Code.ShouldBe(RefusalCodes.Overloaded);
        refusal.RetryAfter.ShouldNotBeNull();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        (await stuck).Refusal!.Code.ShouldBe(RefusalCodes.ApiServerUnavailable);
    }

    [Fact]
    public async Task MirrorsGoWithTheirRegistrationInOnePatchThatCarriesTheVersion()
    {
        var registered = await _world.RegisterAsync(WritingWorld.Request("com.example.Greeting", 20880) with { Mirrors = ["dubbo-go-1.5"], Protocol = "dubbo" });
        registered.Mirrors["dubbo-go-1.5"].ShouldBe(MirrorState.Written);
        _world.Pod.Metadata.Annotations.Keys.ShouldContain("dubbo.io/annotation");
        _world.Server.Patches.ShouldHaveSingleItem().ShouldContain("resourceVersion");

        await _world.DeregisterAsync(registered.Instance.Id);
        _world.Pod.Metadata.Annotations.ShouldBeEmpty();
        _world.Pod.Metadata.Labels.ShouldBeEmpty();
    }

    [Fact]
    public async Task TheMirrorsOfTheGatewayAndOfTheNamespaceHoldForEveryRegistration()
    {
        using var world = new WritingWorld(static options => options.Mirrors = ["generic"], time: TimeProvider.System);
        world.Replica.View.Namespaces["shop"] = new Namespace
        {
            Metadata = new ObjectMeta { Name = "shop", Annotations = new Dictionary<string, string> { ["registry-gateway.io/mirrors"] = "dubbo-go-1.4" } },
        };
        (await world.RegisterAsync()).Mirrors.Keys.ShouldBe(["dubbo-go-1.4", "generic"]);
        var refusal = await world.RefusalAsync(WritingWorld.Request() with { Mirrors = ["dubbo-go-1.5"], Pointer = "/2" });
        (refusal.Code, refusal.Faults[0].Pointer).ShouldBe((RefusalCodes.InvalidRegistration, "/2/mirrors"));
    }

    [Fact]
    public async Task BothDubboGoFormatsOnOnePodAreRefused()
    {
        (await _world.RefusalAsync(WritingWorld.Request() with { Mirrors = ["dubbo-go-1.4", "dubbo-go-1.5"] })).Code.ShouldBe(RefusalCodes.InvalidRegistration);
        await _world.RegisterAsync(WritingWorld.Request() with { Mirrors = ["dubbo-go-1.4"] });
        (await _world.RefusalAsync(WritingWorld.Request(port: 1) with { Mirrors = ["dubbo-go-1.5"] })).Code.ShouldBe(RefusalCodes.InvalidRegistration);
        (await _world.RegisterAsync(WritingWorld.Request() with { Mirrors = ["dubbo-go-1.5"] })).Mirrors["dubbo-go-1.5"].ShouldBe(MirrorState.Written);
    }

    [Fact]
    public async Task AMirrorThatDoesNotFitIsLeftOutWholeAndReported()
    {
        _world.Change(static pod => With(pod, "someone/else", new string('y', 150_000)));
        var registered = await _world.RegisterAsync(WritingWorld.Request() with { Mirrors = ["generic"], Metadata = RegistrationRecord.NoMetadata.Add("k", new string('x', 30_000)) });
        registered.Mirrors["generic"].State.ShouldBe("left-out");
        registered.Mirrors["generic"].Reason!.ShouldContain("196608");
        _world.Pod.Metadata.Annotations.Keys.ShouldNotContain("app.io/annotation");
        _world.Own.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task WhereAPolicyRefusesTheMirrorTheRegistrationStillStands()
    {
        _world.Server.Admission = static (_, metadata) =>
        {
            if (metadata.GetProperty("annotations").TryGetProperty("app.io/annotation", out var value) && value.ValueKind == JsonValueKind.String)
                throw MemoryApiServer.Status(403, "Forbidden", "mirrors are off");
        };
        var registered = await _world.RegisterAsync(WritingWorld.Request() with { Mirrors = ["generic"] });
        registered.Mirrors["generic"].State.ShouldBe("left-out");
        registered.Mirrors["generic"].Reason!.ShouldContain("mirrors are off");
        _world.Own.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AMirrorGivesWayToARegistrationThatNeedsItsRoom()
    {
        static RegistrationRequest Large(int port, int bytes) =>
            WritingWorld.Request(port: port) with { Metadata = RegistrationRecord.NoMetadata.Add("k", new string('x', bytes)) };
        _world.Change(static pod => With(pod, "someone/else", new string('y', 90_000)));
        (await _world.RegisterAsync(Large(1, 25_000) with { Mirrors = ["generic"] })).Mirrors["generic"].ShouldBe(MirrorState.Written);
        (await _world.TryRegisterAsync(Large(2, 60_000))).Refusal.ShouldBeNull();
        _world.Own.Count.ShouldBe(2);
        _world.Pod.Metadata.Annotations.Keys.ShouldNotContain("app.io/annotation");

        // Without it there is no more room either: that is refused, and changes nothing.
        (await _world.RefusalAsync(Large(3, 40_000))).Code.ShouldBe(RefusalCodes.AnnotationsFull);
        _world.Own.Count.ShouldBe(2);
    }

    [Fact]
    public async Task ARegistrationDoesNotWaitForItsMirrorsForEver()
    {
        using var world = new WritingWorld(time: TimeProvider.System);
        for (var i = 0; i < 15; i++)
            world.Server.ChangeBeforeNextPatch(pod => With(pod, "someone/else", pod.Metadata.Version.ToString(null as IFormatProvider)));
        var registered = await world.RegisterAsync(WritingWorld.Request() with { Mirrors = ["generic"] });
        registered.Mirrors["generic"].Cause.ShouldBe(MirrorCauses.Contended);
        world.Own.ShouldHaveSingleItem();
        world.Server.Patches.Count.ShouldBe(11);
        world.Server.Patches[^1].ShouldNotContain("resourceVersion");
    }

    public void Dispose() => _world.Dispose();

    private static Pod With(Pod pod, string key, string value) => pod with
    {
        Metadata = pod.Metadata with { Annotations = new Dictionary<string, string>(pod.Metadata.Annotations) { [key] = value } },
    };

    /// <summary>The API server answers nothing until released; <paramref name="entered"/>: the first call has arrived.</summary>
    private TaskCompletionSource Held(out Task entered)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _world.Server.Hold = async cancel =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(cancel);
        };
        entered = arrived.Task.Within();
        return release;
    }
}
