using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Lookup;

public sealed class ServiceCatalogTests
{
    [Fact]
    public void ItListsServicesWithInstancesInOrderWithWhatTheyHave()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("empty"),
            Given.Pod("a", "10.1.0.1", Given.Record("a", "orders", 80, "http", "g", "1"), Given.Record("a", "orders", 81, "grpc"), Given.Record("a", "carts")),
            Given.Pod("b", null, Given.Record("b", "orders", 80, "http", "g", "1")));
        var page = ServiceCatalog.List(registry.State.Current, new CatalogQuery());
        page.Items.Select(static item => item.Key.Name).ShouldBe(["carts", "empty", "orders"]);
        page.Continue.ShouldBeNull();
        page.Revision.ShouldBe(registry.State.Current.Revision);
        var summary = page.Items[2].Summary;
        summary.Counts[(int)InstanceStatus.Up].ShouldBe(2);
        summary.Counts[(int)InstanceStatus.Starting].ShouldBe(1);
        summary.Groups.ShouldBe(["", "g"]);
        summary.Versions.ShouldBe(["", "1"]);
        summary.Protocols.ShouldBe(["grpc", "http"]);
        summary.Sources.ShouldBe([InstanceSource.Gateway]);
    }

    [Fact]
    public void AListWithoutALimitIsAThousandServicesAndContinues()
    {
        using var registry = ProjectedRegistry.Synced();
        foreach (var (pod, count) in new[] { ("a", 600), ("b", 600) })
            registry.Fold(Given.Pod(pod, "10.1.0.1", [.. Enumerable.Range(0, count).Select(i => Given.Record(pod, $"{pod}{i:000}"))]));

        var first = ServiceCatalog.List(registry.State.Current, new CatalogQuery());
        first.Items.Length.ShouldBe(1_000);
        ServiceCatalog.TryReadToken(first.Continue.ShouldNotBeNull(), out var after).ShouldBeTrue();
        var second = ServiceCatalog.List(registry.State.Current, new CatalogQuery { After = after });
        second.Items.Length.ShouldBe(200);
        second.Continue.ShouldBeNull();
    }

    [Fact]
    public void PagesContinueWhateverComesOrGoesBetweenThem()
    {
        using var registry = ProjectedRegistry.Synced();
        registry.Fold([.. Enumerable.Range(0, 25).Select(static i => Given.Pod($"p{i}", "10.1.0.1", Given.Record($"p{i}", $"s{i:00}")))]);
        var seen = new List<string>();
        ServiceKey? after = null;
        for (var pages = 0; pages < 4; pages++)
        {
            var page = ServiceCatalog.List(registry.State.Current, new CatalogQuery { Limit = 10, After = after });
            seen.AddRange(page.Items.Select(static item => item.Key.Name));
            if (page.Continue is null)
                break;
            ServiceCatalog.TryReadToken(page.Continue, out var last).ShouldBeTrue();
            after = last;
            registry.Delete(Given.Pod("p9", null));
            registry.Fold(Given.Pod("late", "10.1.0.9", Given.Record("late", "a-late-one")));
        }

        seen.ShouldBe(Enumerable.Range(0, 25).Select(static i => $"s{i:00}"));
    }

    [Fact]
    public void ItIsNarrowedByNamespacePrefixSourceAndByWhatMayBeRead()
    {
        var elsewhere = new RegistrationKey("billing", "orders-archive", "", "", "http", 8080);
        var pod = Given.Pod("b", "10.1.0.2", new RegistrationRecord
        {
            Id = elsewhere.IdFor(Given.UidOf("b")),
            Key = elsewhere,
            Source = InstanceSource.Gateway,
        });
        using var registry = ProjectedRegistry.Synced(
            Given.Pod("a", "10.1.0.1", Given.Record("a"), Given.Record("a", "carts")), pod with { Metadata = pod.Metadata with { Namespace = "billing" } },
            Given.Service("plain"), Given.Slice("plain", Given.Bare("192.0.2.1")));
        List(new()).ShouldBe(["billing/orders-archive", "shop/carts", "shop/orders", "shop/plain"]);
        List(new() { Namespace = "shop" }).ShouldBe(["shop/carts", "shop/orders", "shop/plain"]);
        List(new() { Prefix = "ord" }).ShouldBe(["billing/orders-archive", "shop/orders"]);
        List(new() { Namespace = "shop", Prefix = "ord" }).ShouldBe(["shop/orders"]);
        List(new() { Source = InstanceSource.Endpoints }).ShouldBe(["shop/plain"]);
        registry.Fold(Given.Service("empty"));
        List(new() { Namespace = "shop" }).ShouldBe(["shop/carts", "shop/empty", "shop/orders", "shop/plain"]);
        List(new() { Source = InstanceSource.Endpoints }).ShouldBe(["shop/plain"]);
        List(new() { Namespace = "nowhere" }).ShouldBeEmpty();
        List(new(), static name => name == "billing").ShouldBe(["billing/orders-archive"]);

        IEnumerable<string> List(CatalogQuery query, Func<string, bool>? mayRead = null) =>
            ServiceCatalog.List(registry.State.Current, query, mayRead).Items.Select(static item => item.Key.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("bm9zbGFzaA")]
    [InlineData("L25hbWU")]
    public void ATokenThatNoPageGaveIsRefused(string token) => ServiceCatalog.TryReadToken(token, out _).ShouldBeFalse();
}
