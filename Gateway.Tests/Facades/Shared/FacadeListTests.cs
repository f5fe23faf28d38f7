using Gateway.Api.Facades;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Tests.Registry;

namespace Gateway.Tests.Facades.Shared;

/// <summary>The list of a namespace is brought forward by what changed, and is what a list made from the snapshot would be.</summary>
public sealed class FacadeListTests : IDisposable
{
    private const int Many = 2_000;

    private readonly ProjectedRegistry _registry = ProjectedRegistry.Synced([.. Enumerable.Range(0, Many).Select(static i => Pod(i, i))]);

    public void Dispose() => _registry.Dispose();

    [Fact]
    public void AChangeCostsWhatItChangesHoweverManyServicesThereAre()
    {
        using var lists = Lists();
        var first = lists.At(_registry.State.Current, "shop");
        first.Count.ShouldBe(Many);
        var visited = lists.Visited;

        for (var i = 0; i < 100; i++)
        {
            Change(Pod(i, i, port: 9_090));
            Listed(lists).ShouldBe(Names(_registry.State.Current));
        }

        (lists.Visited - visited).ShouldBeLessThanOrEqualTo(100);
        var last = lists.At(_registry.State.Current, "shop");
        last.ByName[Name(Many - 1)].ShouldBeSameAs(first.ByName[Name(Many - 1)]);
        last.ByName[Name(3)].Instances.ShouldHaveSingleItem().Key.Port.ShouldBe(9_090);
    }

    [Fact]
    public void WhatComesAndGoesIsListedAsItIs()
    {
        using var lists = Lists();
        Listed(lists);
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var pod = random.Next(20);
            if (random.Next(3) == 0)
                _registry.Delete(Pod(pod, pod));
            else
                _registry.Put(Pod(pod, random.Next(40)));
            _registry.Fold();
            if (random.Next(4) > 0)
                Listed(lists).ShouldBe(Names(_registry.State.Current), $"round {round}");
        }
    }

    [Fact]
    public void ASnapshotOfBeforeIsListedAsItWas()
    {
        using var lists = Lists();
        var former = _registry.State.Current;
        Listed(lists);
        Change(Pod(1, Many));
        Listed(lists).ShouldContain(Name(Many));

        lists.At(former, "shop").Select(static one => one.Key.Name).ShouldBe(Names(former));
        Listed(lists).ShouldBe(Names(_registry.State.Current));
    }

    [Fact]
    public void NotesOfAListThatIsReadNoMoreAreBounded()
    {
        using var lists = Lists();
        Listed(lists);
        for (var i = 0; i <= FacadeLists.MaxNotes; i++)
        {
            _registry.Put(Pod(i, Many + i));
            if (i % 500 == 0)
                _registry.Fold();
        }

        _registry.Fold();
        lists.Count.ShouldBe(0);
        Listed(lists).ShouldBe(Names(_registry.State.Current));
        lists.Count.ShouldBe(1);
    }

    [Fact]
    public void TheListOfANamespaceThatIsDeletedIsNotKept()
    {
        using var lists = Lists();
        Listed(lists);
        for (var i = 0; i < Many; i++)
            _registry.Delete(Pod(i, i));
        _registry.Fold();
        lists.Count.ShouldBe(0);
        Listed(lists).ShouldBeEmpty();
    }

    private static string Name(int service) => $"service-{service:D5}";

    private static Pod Pod(int pod, int service, int port = 8_080) =>
        Given.Pod($"pod-{pod}", $"10.1.{pod / 200}.{1 + (pod % 200)}", Given.Record($"pod-{pod}", Name(service), port));

    private static string[] Names(RegistrySnapshot snapshot) =>
        [.. snapshot.Services.Where(static one => one.Value.IsListed).Select(static one => one.Key.Name).Order(StringComparer.Ordinal)];

    private FacadeLists Lists() => new(_registry.State, new FacadeSources(new FacadeOptions()));

    private string[] Listed(FacadeLists lists) => [.. lists.At(_registry.State.Current, "shop").Select(static one => one.Key.Name)];

    private void Change(Pod pod)
    {
        _registry.Put(pod);
        _registry.Fold();
    }
}
