using Gateway.Core.Dubbo.Metadata;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>The store of MetadataInfo has a share for each pod and each namespace: who fills one takes nothing from the others.</summary>
public sealed class MetadataQuotaTests
{
    private static readonly ApplicationOptions Options = new() { MaxMetadataBytes = 1024, MaxBytesPerPod = 4 * 1324, MaxBytesPerNamespace = 8 * 1324, MaxTotalBytes = 12 * 1324 };

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryApplicationStore _store;

    public MetadataQuotaTests() => _store = new MemoryApplicationStore(Options, _time);

    [Fact]
    public async Task OnePodFillsItsOwnShareAndItsNeighboursHaveTheirs()
    {
        for (var i = 0; i < 4; i++)
            (await PutAsync("shop", $"r{i}", "a")).ShouldBeTrue();
        (await PutAsync("shop", "r4", "a")).ShouldBeFalse();
        (await PutAsync("shop", "r3", "a")).ShouldBeTrue("the same again takes no more room");
        (await PutAsync("shop", "r4", "b")).ShouldBeTrue("another pod");
        (await PutAsync("billing", "r0", "c")).ShouldBeTrue("another namespace");
    }

    [Fact]
    public async Task OneNamespaceFillsItsOwnShareWithHoweverManyPods()
    {
        for (var i = 0; i < 8; i++)
            (await PutAsync("shop", $"r{i}", $"pod-{i}")).ShouldBeTrue();
        (await PutAsync("shop", "r8", "pod-8")).ShouldBeFalse();
        (await PutAsync("shop", "r9", null)).ShouldBeFalse("what another replica received counts too");
        for (var i = 0; i < 4; i++)
            (await PutAsync("billing", $"r{i}", "c")).ShouldBeTrue();
    }

    [Fact]
    public async Task WhatNoRegistrationNamesMakesRoomAndWhatOneNamesStays()
    {
        for (var i = 0; i < 4; i++)
            (await PutAsync("shop", $"r{i}", "a")).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(5));
        _store.Name([Fact("shop", "r0"), Fact("shop", "r2")]);
        (await PutAsync("shop", "r4", "a")).ShouldBeTrue();
        (await PutAsync("shop", "r5", "a")).ShouldBeTrue();
        (await PutAsync("shop", "r6", "a")).ShouldBeFalse("what is left was named or said just now");
        _store.Find(new("shop", "app")).Revisions.Keys.ShouldBe(["r0", "r2", "r4", "r5"]);
    }

    [Fact]
    public async Task TheTotalIsMadeRoomInByTheNamespaceThatHoldsMost()
    {
        for (var i = 0; i < 8; i++)
            (await PutAsync("greedy", $"r{i}", $"pod-{i}")).ShouldBeTrue();
        for (var i = 0; i < 4; i++)
            (await PutAsync("shop", $"r{i}", "a")).ShouldBeTrue();
        (await PutAsync("billing", "r0", "b")).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(5));
        (await PutAsync("billing", "r0", "b")).ShouldBeTrue();
        _store.Find(new("greedy", "app")).Revisions.Count.ShouldBe(7);
        _store.Find(new("shop", "app")).Revisions.Count.ShouldBe(4);
    }

    [Fact]
    public async Task MappingsCountToo()
    {
        var count = 0;
        while (await _store.PutAsync(new ApplicationName("shop", "app"), $"com.example.S{count}", "a"))
            (++count).ShouldBeLessThan(100);
        count.ShouldBe(4 * 1324 / 300);
        _store.Forget([.. _store.All.Select(static one => one.Fact)]);
        (await _store.PutAsync(new ApplicationName("shop", "app"), "com.example.S", "a")).ShouldBeTrue("what is forgotten counts no more");
    }

    private async Task<bool> PutAsync(string ns, string revision, string? owner) =>
        await _store.PutAsync(new ApplicationName(ns, "app"), new ApplicationMetadata(revision, new byte[1024], []), owner) == PutResult.Stored;

    private static ApplicationFact Fact(string ns, string revision) => new(new ApplicationName(ns, "app"), revision, IsMapping: false);
}
