using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Api.Endpoints;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Api;

/// <summary>
/// What a list of services costs that was asked for before; counted in allocations, so that a busy machine changes nothing. Pages are equal when they are
/// the same bytes in memory.
/// </summary>
public sealed class CatalogPagesTests
{
    private const int Repeats = 20;

    private readonly CatalogPages _pages = new();

    public static TheoryData<string> Queries => [.. ByName.Keys];

    private static readonly Dictionary<string, (CatalogQuery Query, IReadOnlySet<string>? Readable)> ByName = new()
    {
        ["everything"] = (new CatalogQuery(), null),
        ["the largest page"] = (new CatalogQuery { Limit = ServiceCatalog.MaxLimit }, null),
        ["a prefix that few have"] = (new CatalogQuery { Prefix = "service-7777" }, null),
        ["a source that none has"] = (new CatalogQuery { Source = Gateway.Core.Annotations.Records.InstanceSource.DubboJava }, null),
        ["a namespace"] = (new CatalogQuery { Namespace = "ns-3" }, null),
        ["what may be read"] = (new CatalogQuery(), new HashSet<string> { "ns-1", "ns-7" }),
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void ARepeatedListOfTwentyThousandServicesCostsWhatOneOfTwoHundredDoes(string name)
    {
        var (query, readable) = ByName[name];
        long Cost(RegistrySnapshot snapshot)
        {
            var first = _pages.Find(snapshot, query, readable);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var times = 0; times < Repeats; times++)
                _pages.Find(snapshot, query, readable).Equals(first).ShouldBeTrue();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / Repeats;
        }

        Cost(Snapshot(200, 1));
        var (few, many) = (Cost(Snapshot(200, 2)), Cost(Snapshot(20_000, 3)));
        many.ShouldBeLessThan(few + 1024);
        many.ShouldBeLessThan(8 * 1024);
    }

    [Fact]
    public void NamesAndNamespacesAreSortedOnceForAllSnapshotsWithTheSameServices()
    {
        var snapshot = Snapshot(20_000, 1);
        ServiceCatalog.NamespacesOf(snapshot).Length.ShouldBe(10);
        ServiceCatalog.NamespacesOf(snapshot.AsStale(7)).ShouldBe(ServiceCatalog.NamespacesOf(snapshot));
        var before = GC.GetAllocatedBytesForCurrentThread();
        ServiceCatalog.List(snapshot.AsStale(7), new CatalogQuery { Limit = 1 }).Items.Length.ShouldBe(1);
        ServiceCatalog.NamespacesOf(snapshot.AsStale(7)).Length.ShouldBe(10);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(16 * 1024);
    }

    [Fact]
    public void ALaterSnapshotHasPagesOfItsOwnAndAnEarlierOneIsNotCached()
    {
        var (first, second) = (Snapshot(3, 1), Snapshot(4, 2));
        Names(_pages.Find(first, new CatalogQuery(), null)).Count.ShouldBe(3);
        var kept = _pages.Find(second, new CatalogQuery(), null);
        Names(kept).Count.ShouldBe(4);
        Names(_pages.Find(first, new CatalogQuery(), null)).Count.ShouldBe(3, "a request took it before");
        _pages.Find(second, new CatalogQuery(), null).Equals(kept).ShouldBeTrue();
    }

    [Fact]
    public void CallersShareAPageOnlyWithTheSameRights()
    {
        var snapshot = Snapshot(100, 1);
        var all = _pages.Find(snapshot, new CatalogQuery(), null);
        var some = _pages.Find(snapshot, new CatalogQuery(), new HashSet<string> { "ns-1", "ns-2" });
        _pages.Find(snapshot, new CatalogQuery(), new HashSet<string> { "ns-2", "ns-1" }).Equals(some).ShouldBeTrue();
        Names(_pages.Find(snapshot, new CatalogQuery(), new HashSet<string> { "ns-1" })).ShouldAllBe(static name => name.StartsWith("ns-1/", StringComparison.Ordinal));
        Names(_pages.Find(snapshot, new CatalogQuery(), new HashSet<string>())).ShouldBeEmpty();
        (Names(all).Count, Names(some).Count).ShouldBe((100, 20));
    }

    [Fact]
    public void ThePageThatWasReadLongestAgoIsDropped()
    {
        var snapshot = Snapshot(100, 1);
        var (read, left) = (Page(1), Page(2));
        for (var limit = 3; limit <= CatalogPages.MaxPages + 1; limit++)
        {
            Page(limit);
            Page(1).Equals(read).ShouldBeTrue();
        }

        Page(1).Equals(read).ShouldBeTrue();
        Page(2).Equals(left).ShouldBeFalse();

        ReadOnlyMemory<byte> Page(int limit) => _pages.Find(snapshot, new CatalogQuery { Limit = limit }, null);
    }

    [Fact]
    public void PagesTakeSoManyBytesAtMost()
    {
        var name = new string('x', 200);
        var snapshot = Snapshot(20_000, 1, name);
        List<ReadOnlyMemory<byte>> pages = [.. Enumerable.Range(0, CatalogPages.MaxPages).Select(at => Page(ServiceCatalog.MaxLimit - at))];
        var kept = Enumerable.Range(0, pages.Count).Reverse().TakeWhile(at => Page(ServiceCatalog.MaxLimit - at).Equals(pages[at])).Sum(at => (long)pages[at].Length);
        kept.ShouldBeInRange(CatalogPages.MaxBytes / 2, CatalogPages.MaxBytes);

        ReadOnlyMemory<byte> Page(int limit) => _pages.Find(snapshot, new CatalogQuery { Limit = limit }, null);
    }

    private static List<string> Names(ReadOnlyMemory<byte> page)
    {
        using var document = JsonDocument.Parse(page);
        return [.. document.RootElement.GetProperty("items").EnumerateArray().Select(static item => $"{item.GetProperty("namespace").GetString()}/{item.GetProperty("name").GetString()}")];
    }

    /// <summary>So many Kubernetes Services in ten namespaces.</summary>
    private static RegistrySnapshot Snapshot(int count, ulong sequence, string suffix = "")
    {
        var revision = Revision.Empty(RevisionLayout.WholeCluster).At(1, sequence);
        var services = Enumerable.Range(0, count).Select(i => new ServiceSnapshot(
            new ServiceKey($"ns-{i % 10}", $"service-{i}{suffix}"), revision, sequence, [], new Fallback("a.example", null, []))).ToImmutableDictionary(static service => service.Key);
        return new RegistrySnapshot(RevisionLayout.WholeCluster)
        {
            Revision = revision,
            Sequence = sequence,
            HasSynced = true,
            Services = services,
            Sorted = new SortedServices(services),
        };
    }
}
