using Gateway.Tests.Browser;
using Gateway.Tests.Callers;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;
using Gateway.Tests.OpenApi;
using Gateway.Tests.Outages;
using Gateway.Tests.Redis;
using Gateway.Tests.Registration;
using Gateway.Tests.Registry.Projecting;
using Gateway.Tests.Replicas;
using Gateway.Tests.Samples;
using Gateway.Tests.Subscriptions;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Gateway.Tests.Support;

/// <summary>
/// Classes run beside each other, the tests of one class one after the other: what takes longest begins first, so that no long class is left
/// to run alone at the end. No result hangs on the order; a class that is not named here runs later, in the order that xUnit has for it.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Longest =
    [
        typeof(LostReplicaTests),
        typeof(GatewaysOnRedisTests),
        typeof(SharedLeasesTests),
        typeof(ResetConnectionTests),
        typeof(ConcurrentCallersTests),
        typeof(DescribedAnswersTests),
        typeof(SubscriptionPromiseTests),
        typeof(ConsumerSampleTests),
        typeof(StuckReaderTests),
        typeof(TwoReplicaTests),
        typeof(RegistryScaleTests),
        typeof(ReplicaModelTests),
        typeof(GarbageInRedisTests),
        typeof(SwaggerUiTests),
        typeof(StampedeTests),
        typeof(LimitTests),
        typeof(GeneratedClientTests),
        typeof(ProjectorRepairTests),
        typeof(TwoReplicasTests),
        typeof(SharedMetadataTests),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(static collection => Rank(collection.TestCollectionDisplayName))];

    private static int Rank(string collection) =>
        Array.FindIndex(Longest, type => collection.Contains(type.FullName! + " ", StringComparison.Ordinal)) is var rank and >= 0 ? rank : Longest.Length;
}
