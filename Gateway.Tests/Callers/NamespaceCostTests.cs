using System.Net;
using Gateway.Api.Callers;
using Gateway.Api.Requests;
using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;
using Gateway.Core.Subscriptions;
using Gateway.Tests.Identity;
using Gateway.Tests.Subscriptions;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Callers;

/// <summary>
/// Twice as many namespaces cost less than three times as much: reviews are counted, and what is left when their answers are cached is counted in
/// allocations, so that a busy machine changes nothing.
/// </summary>
public sealed class NamespaceCostTests : IDisposable
{
    private readonly IdentityWorld _world = new();
    private readonly ListReviewLimit _lists;
    private readonly LookupAccessCheck _access;
    private readonly string _token;

    public NamespaceCostTests()
    {
        var options = _world.AccessOptions;
        (options.Lookup, options.ListReviewBurst) = (LookupAccess.Rbac, 10_000);
        _lists = new ListReviewLimit(options);
        _access = new LookupAccessCheck(
            options, _world.Resolver, _world.Access, _world.View, new RegistryState(RevisionLayout.WholeCluster, _world.Time), _lists, _world.Time);
        _token = _world.TokenOfUser();

        // In every namespace, but not in the whole cluster at once.
        _world.Server.Allows = static review => review.ResourceAttributes.NamespaceProperty.Length > 0;
    }

    public void Dispose() => _lists.Dispose();

    [Fact]
    public async Task AStreamOfTwiceAsManyNamespacesUnderRights()
    {
        async Task<(int Reviews, long Bytes)> CostAsync(int count)
        {
            var (evidence, namespaces, asked) = (IdentityWorld.Bearer(_token), Namespaces(count, "stream"), _world.Server.AccessReviews);
            (await _access.CheckAsync(evidence, namespaces, TestContext.Current.CancellationToken)).ShouldBeNull();
            return (_world.Server.AccessReviews - asked, Cost(() => _access.CheckAsync(evidence, namespaces, CancellationToken.None).AsTask()));
        }

        await CostAsync(LookupAccessCheck.MaxNamespaces);
        var (small, large) = (await CostAsync(LookupAccessCheck.MaxNamespaces / 2), await CostAsync(LookupAccessCheck.MaxNamespaces));
        large.Bytes.ShouldBeLessThan(3 * small.Bytes);
        (large.Reviews, small.Reviews).ShouldBe((0, 0), "the first stream asked for each");
        _world.Server.AccessReviews.ShouldBe(LookupAccessCheck.MaxNamespaces);
    }

    [Fact]
    public async Task AListOfTwiceAsManyNamespacesUnderRights()
    {
        async Task<(int Reviews, long Bytes)> CostAsync(int count)
        {
            var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("10.9.9.9") }, Request = { Headers = { Authorization = "Bearer " + _token } } };
            var (namespaces, asked) = (Namespaces(count, $"list-{count}"), _world.Server.AccessReviews);
            (await _access.ReadableAsync(context, namespaces)).Value.Count.ShouldBe(count);
            return (_world.Server.AccessReviews - asked, Cost(() => _access.ReadableAsync(context, namespaces)));
        }

        await CostAsync(10);
        var (small, large) = (await CostAsync(450), await CostAsync(900));
        large.Reviews.ShouldBe(900);
        large.Bytes.ShouldBeLessThan(3 * small.Bytes);
    }

    [Fact]
    public void AStreamOfTwiceAsManyNamespacesThatAreOpen()
    {
        using var replica = new ReplicaUnderTest(1, _world.Time);
        var most = new SubscriptionOptions().MaxServices;
        var world = Namespaces(most, "open").Select(static ns => new ServiceKey(ns, "orders"))
            .Aggregate(WorldState.Empty, static (world, service) => world.With(service, WorldState.Instance(service, "1")));
        replica.Fold(world);
        long CostOf(int count) => CostOn(() =>
        {
            var context = new DefaultHttpContext { Request = { QueryString = new QueryString("?" + string.Join('&', Namespaces(count, "open").Select(static ns => $"service={ns}/orders"))) } };
            var faults = new FaultList();
            var query = WatchQuery.ReadMany(context.Request, most, faults);
            faults.IsEmpty.ShouldBeTrue();
            using var client = new StreamClient(query.Selection).Connect(replica);
            client.Take();
            client.Events.Count(static name => name == "snapshot").ShouldBe(count);
        });

        CostOf(most);
        var (small, large) = (CostOf(most / 2), CostOf(most));
        large.ShouldBeLessThan(3 * small);
    }

    private static string[] Namespaces(int count, string name) => [.. Enumerable.Range(0, count).Select(i => $"{name}-{i:d4}")];

    /// <summary>Of a call whose answer is cached, which therefore stays on this thread.</summary>
    private static long Cost(Func<Task> call) => CostOn(() => call().IsCompletedSuccessfully.ShouldBeTrue());

    private static long CostOn(Action call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
