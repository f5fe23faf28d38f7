using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Upkeep;
using Gateway.Tests.Identity;
using Gateway.Tests.Registration;
using Gateway.Tests.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Upkeep;

/// <summary>What the repair of mirrors costs the API server is bounded, whoever else writes.</summary>
public sealed class MirrorPaceTests : IDisposable
{
    private const string Key = "app.io/annotation";

    private readonly WritingWorld _world = new(annotations: static options => options.Mirrors = ["generic"]);
    private readonly StandingLeader _leader = new();
    private readonly MirrorRepair _repair;

    public MirrorPaceTests()
    {
        _repair = NewRepair(_world);
        _world.Server.Changed += (pod, _) => _repair.See([pod.Metadata.Key]);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AFightWithAnotherWriterGetsSlowerAndSlower()
    {
        await _world.RegisterAsync();
        _world.Server.Patches.Count.ShouldBe(1);
        var waits = new List<double>();
        for (var round = 0; round < 14; round++)
        {
            Remove();
            var from = _world.Time.GetUtcNow();
            while (await _repair.RepairAsync(Cancel).Within() == 0)
                _world.Time.Advance(TimeSpan.FromMilliseconds(500));
            waits.Add((_world.Time.GetUtcNow() - from).TotalSeconds);
        }

        waits.ShouldBe([0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        _world.Server.Patches.Count.ShouldBe(15, "one PATCH a repair, and nothing while it waits");
        _world.Server.Gets.ShouldBe(0);

        _world.Time.Advance(TimeSpan.FromMinutes(16));
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(0);
        Remove();
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(1, "after a calm it is as if nothing had been");
    }

    [Fact]
    public async Task WhatTheClusterRefusesIsTriedAgainFromAMinuteToAnHour()
    {
        await _world.RegisterAsync();
        _world.Server.Admission = static (pod, metadata) =>
        {
            if (metadata.TryGetProperty("annotations", out var annotations) && annotations.TryGetProperty(Key, out _))
                throw MemoryApiServer.Status(403, "Forbidden", "no");
        };
        Remove();
        var waits = new List<double>();
        var last = _world.Time.GetUtcNow();
        for (var attempts = _world.Server.Patches.Count; waits.Count < 9;)
        {
            (await _repair.RepairAsync(Cancel).Within()).ShouldBe(0);
            if (_world.Server.Patches.Count > attempts)
            {
                attempts.ShouldBe(_world.Server.Patches.Count - 1);
                attempts++;
                waits.Add((_world.Time.GetUtcNow() - last).TotalMinutes);
                last = _world.Time.GetUtcNow();
            }

            _world.Time.Advance(TimeSpan.FromSeconds(30));
        }

        waits.ShouldBe([0, 1, 2, 4, 8, 16, 32, 60, 60]);
        _world.Server.Admission = null;
        _world.Time.Advance(TimeSpan.FromHours(1));
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(1);
        _world.Pod.Metadata.Annotations.Keys.ShouldContain(Key);
    }

    [Fact]
    public async Task ManyPodsTakeTurns()
    {
        using var world = new WritingWorld(annotations: static options => options.Mirrors = ["generic"], limits: static limits => limits.MirrorRepairsPerSecond = 6);
        for (var i = 0; i < 10; i++)
        {
            var pod = IdentityWorld.NewPod($"pod-{i}");
            world.Server.Put(pod with
            {
                Metadata = pod.Metadata with
                {
                    Annotations = new Dictionary<string, string> { ["registry-gateway.io/declare"] = """[{"service":"orders","port":80}]""" },
                },
            });
        }

        var repair = NewRepair(world);
        var turns = new List<int>();
        while (turns.Sum() < 10)
            turns.Add(await repair.RepairAsync(Cancel).Within());
        turns.ShouldBe([3, 3, 3, 1]);
        (await repair.RepairAsync(Cancel).Within()).ShouldBe(0);
    }

    [Fact]
    public async Task OnlyTheLeaderWrites_AndANewOneLooksAtEverything()
    {
        await _world.RegisterAsync();
        _leader.CurrentTerm = null;
        Remove();
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(0);
        _leader.CurrentTerm = 2;
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(1);
        _world.Pod.Metadata.Annotations.Keys.ShouldContain(Key);
    }

    [Fact]
    public async Task NothingIsDecidedAboutAPodThatCannotBeReadWhole()
    {
        await _world.RegisterAsync();
        _world.Change(static pod => pod with { Unreadable = true, PodIPs = [] });
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(0);
        _world.Pod.Metadata.Annotations.Keys.ShouldContain(Key);
    }

    [Fact]
    public async Task APodThatIsAsItShouldBeIsNotEvenRead()
    {
        await _world.RegisterAsync();
        var gets = _world.Server.Gets;
        _world.Change(static pod => pod with { Ready = false });
        (await _repair.RepairAsync(Cancel).Within()).ShouldBe(0);
        _world.Server.Gets.ShouldBe(gets);
    }

    [Fact]
    public async Task ThatAMirrorIsOffIsSaidOnceForEachReason()
    {
        using var log = new LogBookOf<MirrorRepair>();
        var repair = NewRepair(_world, log);
        _world.Server.Changed += (pod, _) => repair.See([pod.Metadata.Key]);
        await _world.RegisterAsync();
        _world.Annotate(Key, "theirs, and no base64");
        for (var i = 0; i < 3; i++)
        {
            (await repair.RepairAsync(Cancel).Within()).ShouldBe(0);
            _world.Change(pod => pod with { Ready = !pod.Ready });
        }

        log.Ids.Count(static id => id == 1640).ShouldBe(1);
        Remove();
        (await repair.RepairAsync(Cancel).Within()).ShouldBe(1);
        _world.Annotate(Key, "theirs again");
        await repair.RepairAsync(Cancel).Within();
        log.Ids.Count(static id => id == 1640).ShouldBe(2);
    }

    public void Dispose() => _world.Dispose();

    private void Remove() => _world.Change(static pod => pod with
    {
        Metadata = pod.Metadata with { Annotations = pod.Metadata.Annotations.Where(static entry => entry.Key != Key).ToDictionary() },
    });

    private MirrorRepair NewRepair(WritingWorld world, ILogger<MirrorRepair>? log = null)
    {
        var replica = world.Replica;
        return new MirrorRepair(
            _leader, replica.Registry, replica.View, replica.Mirrors, replica.Planner, replica.Writer, replica.Limits, world.Time, replica.Metrics,
            log ?? NullLogger<MirrorRepair>.Instance);
    }
}
