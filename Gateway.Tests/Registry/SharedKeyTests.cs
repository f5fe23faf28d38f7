using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry;

/// <summary>The instances of a service share their key.</summary>
public sealed class SharedKeyTests
{
    [Fact]
    public void EqualKeysOfAServiceAreOneObject()
    {
        var made = SharedKey.Of(Key("orders", 8080));

        SharedKey.Of(Key(new string("orders".AsSpan()), 8080)).ShouldBeSameAs(made);
        SharedKey.Of(Key("orders", 8081)).Value.Port.ShouldBe(8081);
        (SharedKey.Of(Key("orders", 8080) with { Version = "2" }).Value.Version, SharedKey.Of(Key("orders", 8080)).Value.Version).ShouldBe(("2", ""));
    }

    [Fact]
    public void AKeyIsNeverAnothersHoweverManyThereAre() => Parallel.For(0, 50_000, static i =>
    {
        var key = Key($"service-{i % 20_000}", i % 7);
        SharedKey.Of(key).Value.ShouldBe(key);
    });

    [Fact]
    public void InstancesOfEqualKeysAreEqual()
    {
        var (one, other) = (new Instance { Id = "1", Key = Key("orders", 1) }, new Instance { Id = "1", Key = Key("orders", 1) });
        one.ShouldBe(other);
        (one with { Key = Key("orders", 2) }).ShouldNotBe(other);
        (one with { Weight = 7 }).Key.ShouldBe(other.Key);
    }

    private static RegistrationKey Key(string service, int port) => new("shop", service, "", "", "http", port);
}
