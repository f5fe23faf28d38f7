using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Playing;
using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Playing;

public sealed class PlayerTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task RestartedContainerHasANewRunAndItsOldOneAsLastState()
    {
        var time = new ManualTimeProvider(Start);
        await using var cluster = await RunningPodAsync(time);
        var before = Status(cluster, "containerStatuses", "app");
        time.Advance(TimeSpan.FromMinutes(1));
        Player(cluster).RestartContainer("shop", "orders-1", "app");

        var after = Status(cluster, "containerStatuses", "app");
        ((int)after["restartCount"]!).ShouldBe(1);
        ShouldBeJson(after["state"], """{"running":{"startedAt":"2026-03-01T12:01:00Z"}}""");
        ShouldBeJson(after["lastState"], $$$"""
            {"terminated":{"exitCode":1,"reason":"Error","startedAt":"2026-03-01T12:00:00Z","finishedAt":"2026-03-01T12:01:00Z","containerID":"{{{before["containerID"]}}}"}}
            """);
        ((string?)after["containerID"]).ShouldNotBe((string?)before["containerID"]);
        Status(cluster, "containerStatuses", "helper")["restartCount"]!.GetValue<int>().ShouldBe(0);

        Player(cluster).RestartContainer("shop", "orders-1", "app", Start.AddMinutes(5));
        after = Status(cluster, "containerStatuses", "app");
        ((int)after["restartCount"]!).ShouldBe(2);
        ((string?)after["state"]!["running"]!["startedAt"]).ShouldBe("2026-03-01T12:05:00Z");
    }

    [Fact]
    public async Task NativeSidecarRestartsAmongTheInitContainers()
    {
        await using var cluster = await RunningPodAsync(new ManualTimeProvider(Start));
        Player(cluster).RestartContainer("shop", "orders-1", "proxy");
        ((int)Status(cluster, "initContainerStatuses", "proxy")["restartCount"]!).ShouldBe(1);
    }

    [Fact]
    public async Task ReadinessTurnsContainersAndConditions()
    {
        var time = new ManualTimeProvider(Start);
        await using var cluster = await RunningPodAsync(time);
        time.Advance(TimeSpan.FromSeconds(5));
        Player(cluster).SetReady("shop", "orders-1", false);
        Conditions(cluster).ShouldBe(
        [
            "PodScheduled True 2026-03-01T12:00:00Z ",
            "PodReadyToStartContainers True 2026-03-01T12:00:00Z ",
            "Initialized True 2026-03-01T12:00:00Z ",
            "Ready False 2026-03-01T12:00:05Z ContainersNotReady",
            "ContainersReady False 2026-03-01T12:00:05Z ContainersNotReady",
        ]);
        ((bool)Status(cluster, "containerStatuses", "app")["ready"]!).ShouldBeFalse();

        var version = cluster.Cluster.Storage.Version;
        Player(cluster).SetReady("shop", "orders-1", false);
        cluster.Cluster.Storage.Version.ShouldBe(version);

        Player(cluster).SetReady("shop", "orders-1", true);
        Conditions(cluster)[3].ShouldBe("Ready True 2026-03-01T12:00:05Z ");
        ((bool)Status(cluster, "containerStatuses", "app")["ready"]!).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true, "Succeeded", 0, "PodCompleted")]
    [InlineData(false, "Failed", 1, "PodFailed")]
    public async Task FinishedPodIsNotReadyAndItsContainersHaveEnded(bool hasSucceeded, string phase, int exitCode, string reason)
    {
        await using var cluster = await RunningPodAsync(new ManualTimeProvider(Start));
        if (hasSucceeded)
        {
            Player(cluster).Succeed("shop", "orders-1");
        }
        else
        {
            Player(cluster).Fail("shop", "orders-1");
        }

        ((string?)cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]!["phase"]).ShouldBe(phase);
        Conditions(cluster)[3].ShouldBe($"Ready False 2026-03-01T12:00:00Z {reason}");
        ((int)Status(cluster, "containerStatuses", "app")["state"]!["terminated"]!["exitCode"]!).ShouldBe(exitCode);
    }

    [Fact]
    public async Task WhatIsNotThereCannotBePlayed()
    {
        await using var cluster = await RunningPodAsync(new ManualTimeProvider(Start));
        Should.Throw<KeyNotFoundException>(() => Player(cluster).SetReady("shop", "nobody", true));
        Should.Throw<KeyNotFoundException>(() => Player(cluster).RestartContainer("shop", "orders-1", "nothing"));
    }

    private static Player Player(SmallCluster cluster) => cluster.Cluster.Player;

    private static async Task<SmallCluster> RunningPodAsync(TimeProvider time)
    {
        var cluster = await StartAsync(player: false, controllers: false, time: time);
        cluster.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"orders-1","namespace":"shop"},
             "spec":{"initContainers":[{"name":"proxy","image":"proxy:1","restartPolicy":"Always"}],
                     "containers":[{"name":"app","image":"orders:1"},{"name":"helper","image":"helper:1"}]}}
            """);
        Player(cluster).Run("shop", "orders-1", "node-1", IPAddress.Parse("10.244.1.5"));
        return cluster;
    }

    private static JsonNode Status(SmallCluster cluster, string list, string container) =>
        cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]![list]!.AsArray().Single(status => (string?)status!["name"] == container)!;

    private static List<string> Conditions(SmallCluster cluster) =>
    [
        .. cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]!["conditions"]!.AsArray()
            .Select(static condition => $"{condition!["type"]} {condition["status"]} {condition["lastTransitionTime"]} {condition["reason"]}"),
    ];
}
