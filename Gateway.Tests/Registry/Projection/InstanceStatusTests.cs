using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Projection;

/// <summary>The status of an instance: contract, section 1, in the order in which the first match counts.</summary>
public sealed class InstanceStatusTests
{
    [Fact]
    public void TerminatingPodLeavesAtItsDeletionTimestamp()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Service().View(LookupFilter.Default).Instances.Length.ShouldBe(1);

        registry.Fold(pod.Terminating());
        registry.Only().Status.ShouldBe(InstanceStatus.Terminating);
        registry.Only().Reason.ShouldBeNull();
        registry.Service().View(LookupFilter.Default).Instances.ShouldBeEmpty();

        registry.Delete(pod);
        registry.Fold();
        registry.Instances().ShouldBeEmpty();
    }

    [Fact]
    public void ATerminatingEndpointIsTerminatingBeforeThePodSaysSo()
    {
        using var registry = Joined(Given.Endpoint("a", "10.1.0.1", ready: false, serving: true, terminating: true));
        registry.Only().Status.ShouldBe(InstanceStatus.Terminating);
    }

    [Fact]
    public void TerminatingComesBeforeEverythingElse()
    {
        var record = Given.Record("a") with { OutOfService = OutOfService.ByPod };
        using var registry = ProjectedRegistry.Synced(Restarted(Given.Pod("a", "10.1.0.1", record), 1, Given.Noon.AddHours(1)).Terminating());
        registry.Only().Status.ShouldBe(InstanceStatus.Terminating);
    }

    [Theory]
    [InlineData(1, 3, InstanceStatus.Down)]
    [InlineData(1, 2, InstanceStatus.Up)]
    [InlineData(0, 3600, InstanceStatus.Up)]
    [InlineData(1, -5, InstanceStatus.Up)]
    public void ARestartAfterTheLastPostIsDownUnlessItIsWithinTheClockSkew(int restartCount, int secondsAfter, InstanceStatus expected)
    {
        var pod = Restarted(Given.Pod("a", "10.1.0.1", Given.Record("a")), restartCount, Given.Noon.AddSeconds(secondsAfter));
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Only().Status.ShouldBe(expected);
        registry.Only().Reason.ShouldBe(expected == InstanceStatus.Down ? "ContainerRestarted" : null);
    }

    [Theory]
    [InlineData("another run", 0, "b", 3600, InstanceStatus.Down)]
    [InlineData("another run whose start was before the POST", 0, "b", 1, InstanceStatus.Up)]
    [InlineData("the same run, whatever the count", 7, "a", 3600, InstanceStatus.Up)]
    [InlineData("no run is known, the count differs", 7, null, 3600, InstanceStatus.Down)]
    [InlineData("no run is known, the count is the same", 2, null, 3600, InstanceStatus.Up)]
    [InlineData("no run is known, the count is less", 0, null, 3600, InstanceStatus.Down)]
    public void AnotherRunIsAnotherContainerId(string what, int restartCount, string? run, int secondsAfter, InstanceStatus expected)
    {
        var record = Given.Record("a") with { RestartCount = 2, Run = "aaaaaaaaaaaa" };
        var pod = Given.Pod("a", "10.1.0.1", record) with
        {
            ContainerStatuses = [new ContainerStatus("app", restartCount, Given.Noon.AddSeconds(secondsAfter)) { Run = run is null ? null : new string(run[0], 12) }],
        };
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Only().Status.ShouldBe(expected, what);
        registry.Only().Reason.ShouldBe(expected == InstanceStatus.Down ? "ContainerRestarted" : null);
    }

    [Fact]
    public void ARecordWithoutARunIsJudgedByTheCount()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a")) with
        {
            ContainerStatuses = [new ContainerStatus("app", 0, Given.Noon.AddHours(1)) { Run = "bbbbbbbbbbbb" }],
        };
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void EveryRunIsConfirmedOnceAlsoWhereTheCountStartsAgain()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a") with { RestartCount = 3, Run = "aaaaaaaaaaaa" });
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Posts.Note(Given.Record("a").Id, Given.Noon.AddMinutes(10));
        var rebooted = pod with { ContainerStatuses = [new ContainerStatus("app", 0, Given.Noon.AddMinutes(10)) { Run = "bbbbbbbbbbbb" }] };
        registry.Fold(rebooted);
        registry.Fold(rebooted with { NodeName = "node-2" });
        var confirmation = registry.Confirmations.ShouldHaveSingleItem();
        (confirmation.RestartCount, confirmation.Run, confirmation.PostedAt).ShouldBe((0, "bbbbbbbbbbbb", Given.Noon.AddMinutes(10)));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void OnlyTheContainerThatServesItMatters()
    {
        var record = Given.Record("a") with { Container = "side" };
        var pod = Given.Pod("a", "10.1.0.1", record) with
        {
            ContainerStatuses = [new ContainerStatus("app", 4, Given.Noon.AddHours(1)), new ContainerStatus("side", 0, Given.Noon)],
        };
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void ARecordBoundToNoRunSurvivesRestarts()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a") with { Container = null });
        using var registry = ProjectedRegistry.Synced(Restarted(pod, 3, Given.Noon.AddHours(1)));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void APostThatWroteNothingKeepsARestartedContainerUpWhicheverComesFirst()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        var restarted = Restarted(pod, 1, Given.Noon.AddMinutes(10));

        using var statusFirst = ProjectedRegistry.Synced(pod);
        statusFirst.Fold(restarted);
        statusFirst.Only().Status.ShouldBe(InstanceStatus.Down);
        statusFirst.Posts.Note(Given.Record("a").Id, Given.Noon.AddMinutes(10));
        statusFirst.Fold();
        statusFirst.Only().Status.ShouldBe(InstanceStatus.Up);

        using var postFirst = ProjectedRegistry.Synced(pod);
        postFirst.Posts.Note(Given.Record("a").Id, Given.Noon.AddMinutes(10));
        postFirst.Fold();
        postFirst.Fold(restarted);
        postFirst.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void WhatOnlyThePostLogKeepsUpIsToBeWrittenDownOnceARun()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Posts.Note(Given.Record("a").Id, Given.Noon.AddMinutes(10));
        registry.Fold(Restarted(pod, 1, Given.Noon.AddMinutes(10)));
        registry.Fold(Restarted(pod, 1, Given.Noon.AddMinutes(10)) with { Ready = false });

        var confirmation = registry.Confirmations.ShouldHaveSingleItem();
        confirmation.Record.Id.ShouldBe(Given.Record("a").Id);
        confirmation.PostedAt.ShouldBe(Given.Noon.AddMinutes(10));
        confirmation.RestartCount.ShouldBe(1);
        confirmation.Pod.Metadata.Name.ShouldBe("a");
        registry.Service().HasUnversionedInputs.ShouldBeTrue();

        registry.Fold(Restarted(Given.Pod("a", "10.1.0.1", Given.Record("a") with { RestartCount = 1, PostedAt = Given.Noon.AddMinutes(10) }), 1, Given.Noon.AddMinutes(10)));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.Service().HasUnversionedInputs.ShouldBeFalse();

        registry.Posts.Note(Given.Record("a").Id, Given.Noon.AddMinutes(20));
        registry.Fold(Restarted(pod, 2, Given.Noon.AddMinutes(20)));
        registry.Confirmations.Count.ShouldBe(2);
    }

    [Fact]
    public void ALapsedLeaseIsDownUntilAHeartbeatComes()
    {
        var record = Given.Record("a") with { Ttl = 30 };
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", record));
        registry.Time.Advance(TimeSpan.FromSeconds(29));
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Up);

        registry.Time.Advance(TimeSpan.FromSeconds(1));
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Down);
        registry.Only().Reason.ShouldBe("LeaseExpired");

        registry.Leases.RenewAsync(record.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).IsCompleted.ShouldBeTrue();
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void ALeaseBeginsAtFirstSightAndEndsWithItsRecord()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a") with { Ttl = 30 });
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Leases.StateOf(Given.Record("a").Id).IsKnown.ShouldBeTrue();
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Leases.Count.ShouldBe(0);
        registry.Fold(pod);
        registry.Leases.Count.ShouldBe(1);
        registry.Delete(pod);
        registry.Fold();
        registry.Leases.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(OutOfService.ByPod, "SetByPod")]
    [InlineData(OutOfService.ByOther, "SetByOperator")]
    public void OutOfServiceSaysWhoSetIt(OutOfService by, string reason)
    {
        var pod = Given.Pod("a", null, Given.Record("a") with { OutOfService = by }) with { Ready = false };
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Only().Status.ShouldBe(InstanceStatus.OutOfService);
        registry.Only().Reason.ShouldBe(reason);
    }

    [Fact]
    public void DownComesBeforeOutOfService()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a") with { OutOfService = OutOfService.ByPod });
        using var registry = ProjectedRegistry.Synced(Restarted(pod, 1, Given.Noon.AddHours(1)));
        registry.Only().Status.ShouldBe(InstanceStatus.Down);
    }

    [Fact]
    public void APodWithoutAnAddressIsStarting()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", null, Given.Record("a")));
        var instance = registry.Only();
        instance.Status.ShouldBe(InstanceStatus.Starting);
        instance.Reason.ShouldBe("NoPodIP");
        instance.Address.ShouldBeNull();
        instance.Addresses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, InstanceStatus.Up)]
    [InlineData(false, InstanceStatus.Starting)]
    public void WithoutAnEndpointThePodsReadyConditionCounts(bool ready, InstanceStatus expected)
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", Given.Bare("10.9.9.9")), Given.Pod("a", "10.1.0.1", Given.Record("a")) with { Ready = ready });
        registry.Instances().Single(static instance => instance.Pod is not null).Status.ShouldBe(expected);
    }

    [Theory]
    [InlineData(true, true, true, InstanceStatus.Up)]
    [InlineData(false, true, true, InstanceStatus.Up)]
    [InlineData(false, true, false, InstanceStatus.Starting)]
    [InlineData(false, false, true, InstanceStatus.Starting)]
    [InlineData(true, null, true, InstanceStatus.Up)]
    [InlineData(true, null, false, InstanceStatus.Starting)]
    [InlineData(false, null, true, InstanceStatus.Starting)]
    [InlineData(null, null, true, InstanceStatus.Up)]
    public void TheEndpointOfTheServiceOfTheSameNameDecidesByServing(bool? ready, bool? serving, bool podReady, InstanceStatus expected)
    {
        var endpoint = Given.Endpoint("a", "10.1.0.1", ready) with { Serving = serving };
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", endpoint), Given.Pod("a", "10.1.0.1", Given.Record("a")) with { Ready = podReady });
        registry.Only().Status.ShouldBe(expected);
        registry.Only().Reason.ShouldBe(expected == InstanceStatus.Up ? null : "NotReady");
    }

    [Fact]
    public void TheEndpointOfAServiceOfAnotherNameDecidesNothing()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("other"), Given.Slice("other", Given.Endpoint("a", "10.1.0.1", ready: false)), Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    private static Pod Restarted(Pod pod, int restartCount, DateTimeOffset startedAt) =>
        pod with { ContainerStatuses = [new ContainerStatus("app", restartCount, startedAt)] };

    private static ProjectedRegistry Joined(Endpoint endpoint) => ProjectedRegistry.Synced(
        Given.Service("orders"), Given.Slice("orders", endpoint), Given.Pod("a", "10.1.0.1", Given.Record("a")));
}
