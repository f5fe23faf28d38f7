using System.Text;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Redis;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;
using Microsoft.Extensions.DependencyInjection;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Who said a MetadataInfo, and who was first, holds on every replica and after their restart.</summary>
public sealed class PublisherTests
{
    private static readonly ApplicationName Payments = new("shop", "payments");

    [Fact]
    public async Task TheLatestRevisionIsTheOneThatAPodOfTheApplicationSaidLastAlsoAfterARestart()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        registry.Pod("payments-1", "10.0.0.1", labels: """{"app":"payments"}""");
        registry.Pod("thief-1", "10.0.0.2");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "payments-1", service = "payments", port = 20880, protocol = "dubbo", container = "app" });
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "thief-1", service = "payments", port = 20880, protocol = "dubbo", container = "app" });
        await registry.SayAsync("payments-1", "metadata/payments/good", MetadataInfo("payments", "good", (Greeting, "good", "")));
        await registry.SayAsync("thief-1", "metadata/payments/evil", MetadataInfo("payments", "evil", (Greeting, "evil", "")));

        // From now on the thief is no pod of the application.
        registry.Small.Service(name: "payments");
        (await registry.Http.UrlsUntilAsync(Greeting, IsGood)).ShouldHaveSingleItem();

        await using var late = await registry.ReplicaAsync("late");
        (await late.Http.UrlsUntilAsync(Greeting, IsGood)).ShouldHaveSingleItem();
        foreach (var replica in new[] { registry.Gateway, late })
            replica.Services.GetRequiredService<IApplicationStore>().Find(Payments).Latest.ShouldBe("good");

        static bool IsGood(IReadOnlyList<string> urls) => urls.Count == 1 && urls[0].Contains("group=good", StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfTwoContentsOfARevisionInUseThatReplicasGetAtTheSameTimeTheFirstCounts()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var one = await redis.ConnectAsync();
        await using var two = await redis.ConnectAsync();
        RedisApplicationStore[] stores = [new(one, new(), TimeProvider.System), new(two, new(), TimeProvider.System)];
        for (var round = 0; round < 40; round++)
        {
            ApplicationMetadata Said(int by) => new($"r{round}", Encoding.UTF8.GetBytes($$"""{"app":"payments","revision":"r{{round}}","said":{{by}}}"""), []);
            var results = await Task.WhenAll(stores.Select((store, by) => Task.Run(async () => await store.PutAsync(Payments, Said(by), $"pod-{by}", isInUse: true)))).Within();

            results.Order().ShouldBe([PutResult.Stored, PutResult.Differs]);
            var first = Said(Array.IndexOf(results, PutResult.Stored));
            foreach (var store in stores)
                store.Find(Payments).Find($"r{round}")!.IsEqual(first).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("mapping/payments", """["orders"]""")]
    [InlineData("metadata/orders/r1", """{"app":"orders","revision":"r1","services":{"payments":{"name":"payments"}}}""")]
    public async Task WhatAnApplicationProvidesUnderAReservedNameIsCounted(string path, string said)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("orders-1", "10.0.0.1");
        await registry.RegisterAsync("orders-1", "orders");
        await registry.SayAsync("orders-1", path, said);
        await registry.Http.LookUpUntilAsync("shop", "payments", static all => all.Count == 1);
        (await registry.Http.GetStringAsync("/metrics").Within()).ShouldNotContain("registry_gateway_reserved_provided{} 1");

        registry.Small.Service(name: "payments");
        await registry.Http.LookUpUntilAsync("shop", "payments", static all => all.Count == 0);
        await registry.Gateway.CountedAsync("registry_gateway_reserved_provided{} 1");
        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Services, "payments");
        await registry.Gateway.CountedAsync("registry_gateway_reserved_provided{} 0");
    }

    [Fact]
    public void ADocumentKeepsItsPublisherAndOneWithoutIsReadAsItIs()
    {
        var metadata = new ApplicationMetadata("r1", "{}"u8.ToArray(), []) { Publisher = "6f1c-uid" };
        var (publisher, document) = SharedDocument.Read(SharedDocument.Write(metadata));
        (publisher, Encoding.UTF8.GetString(document.Span)).ShouldBe(("6f1c-uid", "{}"));
        SharedDocument.Read("{\n}"u8.ToArray()).Publisher.ShouldBeNull();
        SharedDocument.Read("\n{}"u8.ToArray()).Publisher.ShouldBeNull();
        SharedDocument.Read(SharedDocument.Write(metadata with { Publisher = "no uid" })).Publisher.ShouldBeNull();
    }
}
