using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

/// <summary>The member <c>client</c> of a stored registration: the ids under which clients of other registries know it.</summary>
public sealed class ClientAliasTests
{
    private static readonly RegistrationRecord _orders = Record("orders", 8080);

    [Fact]
    public void TheIdAndTheDetailAreKeptByteForByte()
    {
        var record = _orders with
        {
            Clients = [new("consul", "a/b:é \"x\"", """{"tags":["b","a"],"z":1.50}"""), new("eureka", "10.0.0.1:orders:8080")],
            OutOfService = OutOfService.ByPod,
            OutOfServiceReason = ClientReasons.Warning,
        };
        var value = NativeFormat.Write(record);

        value.ShouldEndWith("""
            "outOfService":"pod","outOfServiceReason":"ClientWarning","client":{"consul":{"id":"a/b:é \"x\"","detail":{"tags":["b","a"],"z":1.50}},"eureka":{"id":"10.0.0.1:orders:8080"}}}
            """.Trim());
        var read = Read(value);
        read.Clients.ShouldBe(record.Clients);
        read.OutOfServiceReason.ShouldBe(ClientReasons.Warning);
        NativeFormat.Write(read).ShouldBe(value);
    }

    [Fact]
    public void AProtocolOfALaterVersionSurvivesAChange()
    {
        var value = Value("""{"zookeeper":{"id":"x","detail":{"a":[1,null]}}}""");

        NativeFormat.Rewrite(Read(value) with { Weight = 7 }, value).ShouldContain("""client":{"zookeeper":{"id":"x","detail":{"a":[1,null]}}}""");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("""{"consul":"x"}""")]
    [InlineData("""{"consul":{}}""")]
    [InlineData("""{"consul":{"id":1}}""")]
    [InlineData("""{"consul":{"id":""}}""")]
    [InlineData("""{"Consul":{"id":"x"}}""")]
    [InlineData("""{"":{"id":"x"}}""")]
    [InlineData("""{"consul":{"id":"x","detail":"y"}}""")]
    [InlineData("""{"a":{"id":"x"},"b":{"id":"x"},"c":{"id":"x"},"d":{"id":"x"},"e":{"id":"x"}}""")]
    public void WhatCannotBeReadIsReported(string client) =>
        With((Options.KeyOf(_orders.Id), Value(client))).Read().Unreadable.ShouldHaveSingleItem().Reason.ShouldContain("client");

    [Fact]
    public void IdsAndDetailsAreBounded()
    {
        Read(Value(Client(ClientAlias.MaxIdLength, ClientAlias.MaxDetailBytes))).Clients.ShouldHaveSingleItem();
        foreach (var (id, detail) in new[] { (ClientAlias.MaxIdLength + 1, 20), (1, ClientAlias.MaxDetailBytes + 1) })
            With((Options.KeyOf(_orders.Id), Value(Client(id, detail)))).Read().Registrations.ShouldBeEmpty();
    }

    [Fact]
    public void AnUnknownReasonIsNoReason() =>
        Read(Value("null", "\"outOfService\":\"pod\",\"outOfServiceReason\":\"Later\",")).ShouldSatisfyAllConditions(
            static read => read.OutOfService.ShouldBe(OutOfService.ByPod),
            static read => read.OutOfServiceReason.ShouldBeNull());

    private static string Client(int id, int detail) => $$$"""{"consul":{"id":"{{{new string('i', id)}}}","detail":{"a":"{{{new string('d', detail - 8)}}}"} }}""";

    private static string Value(string client, string more = "") => $$"""{"v":1,"service":"orders","port":8080,{{more}}"client":{{client}}}""";

    private static RegistrationRecord Read(string value) => With((Options.KeyOf(_orders.Id), value)).Read().Registrations.ShouldHaveSingleItem();
}
