using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>A watch's events come in the order of their versions; what does not is either known already or listed for.</summary>
public sealed class ReflectorOrderTests
{
    [Fact]
    public async Task ARepeatedEventChangesNothing()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90));
        await using var _ = pods;
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 101, address: "10.1.0.6")));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        pods.Store.Drain();
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 101, address: "10.1.0.6")));
        await watch.SendAsync(Wire.Bookmark(102));
        await pods.UntilAsync(() => pods.Store.Version == 102);
        pods.Store.Drain().Changes.ShouldBeEmpty();
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Fact]
    public async Task AnOlderEventOfAnObjectDoesNotReplaceANewerOne()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90));
        await using var _ = pods;
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 105, address: "10.1.0.6")));
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 103, address: "10.1.0.5")));
        await watch.SendAsync(Wire.Bookmark(106));
        await pods.UntilAsync(() => pods.Store.Version == 106);
        pods.Find("a")!.PodIPs.ShouldBe(["10.1.0.6"]);
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Theory]
    [InlineData("MODIFIED")]
    [InlineData("DELETED")]
    public async Task AnEventThatComesAfterALaterOneIsListedFor(string type)
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90), Wire.Pod("b", 91));
        await using var _ = pods;
        await watch.SendAsync(Wire.Deleted(Wire.Pod("a", 105)));
        // Applied, it would bring back what was deleted, or delete what may have been created again.
        await watch.SendAsync(type == "DELETED" ? Wire.Deleted(Wire.Pod("b", 103)) : Wire.Modified(Wire.Pod("a", 103)));

        await pods.Time.WaitForTimerAsync(FollowedPods.Plain.FirstBackoff);
        pods.Find("a").ShouldBeNull();
        pods.Time.Advance(FollowedPods.Plain.FirstBackoff);
        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBe("105");
        await list.AnswerAsync(200, Wire.List(106, Wire.Pod("c", 104)));
        await (await pods.Server.NextAsync(RequestKind.Watch)).OpenAsync();
        pods.Informer.IsLost.ShouldBeFalse();
        pods.Store.All.Select(static pod => pod.Metadata.Name).ShouldBe(["c"]);
        pods.Metrics["registry.informer.relists reason=disordered"].ShouldBe(1);
    }
}
