using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Explain;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>One object that makes the projector throw, each time: its service keeps its last good state and is reported, everything else goes on.</summary>
public sealed class PoisonedObjectTests : IDisposable
{
    private static readonly Pod Leased = Given.Pod("leased", "10.1.0.1", Given.Record("leased", "poisoned") with { Ttl = 30 });
    private static readonly string Id = Given.Record("leased", "poisoned").Id;

    private readonly LogBookOf<RegistryProjector> _log = new();
    private readonly MetricsRecorder _metrics = new();
    private readonly ProjectedRegistry _registry;

    public PoisonedObjectTests()
    {
        _registry = new ProjectedRegistry(_log, recorder: _metrics);
        _registry.Sync();
        _registry.Fold(Leased, Given.Pod("partner", "10.1.0.9", Given.Record("partner", "poisoned")), Given.Pod("a", "10.1.0.2", Given.Record("a")));
    }

    [Fact]
    public void AServiceWhoseProjectionThrowsKeepsItsLastGoodStateAndTheOthersGoOn()
    {
        var good = _registry.Service("poisoned");
        _registry.Poisoned.Add(Id);
        var snapshot = _registry.Fold(Leased with { Ready = false }, Given.Pod("b", "10.1.0.3", Given.Record("b")));

        _registry.Instances("orders").Length.ShouldBe(2);
        _registry.Service("poisoned").ShouldBeSameAs(good);
        snapshot.IsStale.ShouldBeFalse();
        snapshot.Unprojected.Keys.ShouldBe([new ServiceKey("shop", "poisoned")]);
        _metrics.Last("registry.unprojected.services").ShouldBe(1);
        _log.Ids.Count(static id => id == 1512).ShouldBe(1);
        _log.Lines.First(static line => line.Id == 1512).Text.ShouldContain("shop/poisoned");
    }

    [Fact]
    public void ItIsTriedAgainAtOnceAndThenWithTimeAndIsWholeWhenItSucceeds()
    {
        _registry.Poisoned.Add(Id);
        _registry.Put(Leased with { Ready = false });
        while (_registry.Projector.Fold())
        {
        }

        var failures = _metrics["registry.projection.failures"];
        failures.ShouldBe(3);
        _registry.Fold();
        _metrics["registry.projection.failures"].ShouldBe(failures, "not with each round");
        _registry.Time.Advance(UnprojectedServices.RetryAfter);
        _registry.Fold();
        _metrics["registry.projection.failures"].ShouldBe(failures + 1);

        _registry.Poisoned.Clear();
        _registry.Time.Advance(UnprojectedServices.RetryAfter);
        _registry.Fold().Unprojected.ShouldBeEmpty();
        _registry.Instances("poisoned").Single(static one => one.Id == Id).Status.ShouldBe(InstanceStatus.Starting);
        _metrics.Last("registry.unprojected.services").ShouldBe(0);
        _log.Ids.Count(static id => id is 1512 or 1513).ShouldBe(2);
    }

    [Fact]
    public async Task TheProjectorsWatchWakesItForTheNextTry()
    {
        using var ending = new CancellationTokenSource();
        _registry.Poisoned.Add(Id);
        _registry.Put(Leased with { Ready = false });
        while (_registry.Projector.Fold())
        {
        }

        _registry.Poisoned.Clear();
        var running = _registry.Projector.RunAsync(ending.Token);
        var watching = _registry.Projector.WatchAsync(ending.Token);
        while (!_registry.State.Current.Unprojected.IsEmpty)
        {
            await _registry.Time.WaitForTimerAsync(RegistryProjector.WatchInterval);
            _registry.Time.Advance(RegistryProjector.WatchInterval);
        }

        await ending.CancelAsync();
        await Task.WhenAll(running, watching).Within();
    }

    [Fact]
    public void APodThatIsGoneLeavesTheLastGoodStateAndATerminatingOneIsTerminating()
    {
        _registry.Poisoned.Add(Id);
        var partner = Given.Pod("partner", "10.1.0.9", Given.Record("partner", "poisoned"));
        _registry.Fold(partner.Terminating());
        _registry.Instances("poisoned").Select(static one => (one.Pod!.Name, one.Status)).ShouldBe(
            [("leased", InstanceStatus.Up), ("partner", InstanceStatus.Terminating)], ignoreOrder: true);

        _registry.Delete(partner);
        _registry.Fold();
        _registry.Only("poisoned").Pod!.Name.ShouldBe("leased");
        _registry.State.Current.Instances.Count.ShouldBe(2);
    }

    [Fact]
    public void AServiceThatWasNeverProjectedIsReportedAndExplained()
    {
        var first = Given.Record("first", "new") with { Ttl = 30 };
        _registry.Poisoned.Add(first.Id);
        var snapshot = _registry.Fold(Given.Pod("first", "10.1.0.4", first));
        _registry.Instances("new").ShouldBeEmpty();
        snapshot.Unprojected.Keys.ShouldBe([new ServiceKey("shop", "new")]);

        var check = ServiceExplainer.Explain(new ExplainQuestion
        {
            Snapshot = snapshot,
            Key = new("shop", "new"),
            Filter = LookupFilter.Default,
            Leases = _registry.Leases,
            Posts = _registry.Posts,
        }).Checks.First(static check => check.Passed == false);
        check.Check.ShouldBe("record");
        check.Found.ShouldContain("The gateway fails to compute this service");
        check.Help!.ShouldContain("1512");
    }

    [Fact]
    public void ItsDeletionEndsIt()
    {
        _registry.Poisoned.Add(Id);
        _registry.Fold(Leased with { Ready = false });
        _registry.Delete(Leased);
        _registry.Fold().Unprojected.ShouldBeEmpty();
        _registry.Only("poisoned").Pod!.Name.ShouldBe("partner");
    }

    [Fact]
    public void WhereMostServicesFailTheRoundFails()
    {
        var records = Enumerable.Range(0, 40).Select(static number => Given.Record($"p{number}", $"service-{number}") with { Ttl = 30 }).ToList();
        foreach (var record in records)
            _registry.Poisoned.Add(record.Id);
        _registry.Put([.. records.Select(static (record, number) => Given.Pod($"p{number}", $"10.2.0.{number + 1}", record))]);
        Should.Throw<InvalidOperationException>(() => _registry.Projector.Fold());
    }

    [Fact]
    public void AFormatThatThrowsMakesItsRecordsUnreadableAndHidesNoOther()
    {
        var options = new AnnotationOptions();
        using var registry = new ProjectedRegistry(_log, reader: new PodRecordReader(options, new NativeFormat(options), new ThrowingFormat()));
        registry.Sync();
        var snapshot = registry.Fold(Given.Pod("a", "10.1.0.2", Given.Record("a")));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        var unreadable = snapshot.RegistrationsOf("shop", "a")!.AsRead.Unreadable.ShouldHaveSingleItem();
        unreadable.Source.ShouldBe(InstanceSource.Generic);
        unreadable.Reason.ShouldContain("InvalidOperationException");
    }

    public void Dispose()
    {
        _registry.Dispose();
        _metrics.Dispose();
        _log.Dispose();
    }

    private sealed class ThrowingFormat : IAnnotationFormat
    {
        public InstanceSource Source => InstanceSource.Generic;

        public void Read(Pod pod, PodRecordsBuilder found) => throw new InvalidOperationException("a bug");
    }
}
