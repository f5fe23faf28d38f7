namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>A reflector that fails by a bug is run again and lists, so that nothing is missed of what it had not come to.</summary>
public sealed class ReflectorFaultTests
{
    [Fact]
    public async Task AWatchThatFailsByABugIsFollowedByAList()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90), Wire.Pod("b", 91));
        await using var _ = pods;
        pods.Store.Drain();
        pods.OnChange = () =>
        {
            pods.OnChange = null;
            throw new InvalidOperationException("a bug");
        };

        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 101, address: "10.1.0.9")));
        await pods.UntilAsync(() => pods.Informer.IsLost);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        pods.Metrics["registry.loop.failures loop=informer-pods"].ShouldBe(1);
        pods.Time.Advance(TimeSpan.FromSeconds(1));

        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBe("101");
        await list.AnswerAsync(200, Wire.List(105, Wire.Pod("a", 101, address: "10.1.0.9"), Wire.Pod("c", 104)));
        var next = await pods.Server.NextAsync(RequestKind.Watch);
        next.Query("resourceVersion").ShouldBe("105");
        await next.OpenAsync();
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        pods.Store.Drain().Changes.Keys.Select(static key => key.Name).Order().ShouldBe(["a", "b", "c"]);
        pods.Metrics["registry.informer.relists reason=error"].ShouldBe(1);
    }

    [Fact]
    public async Task AListThatFailsByABugIsTakenAgain()
    {
        await using var pods = await FollowedPods.StartAsync();
        pods.OnChange = () =>
        {
            pods.OnChange = null;
            throw new InvalidOperationException("a bug");
        };
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100, Wire.Pod("a", 90)));
        await pods.UntilAsync(() => pods.Informer.IsLost);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        pods.Time.Advance(TimeSpan.FromSeconds(1));

        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(101, Wire.Pod("a", 90)));
        await (await pods.Server.NextAsync(RequestKind.Watch)).OpenAsync();
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        pods.Store.Version.ShouldBe(101ul);
        pods.Store.Drain().Changes.ShouldHaveSingleItem().Key.Name.ShouldBe("a");
    }
}
