using System.Net;
using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Tests.Identity;

public sealed class ClientAddressReaderTests
{
    [Theory]
    [InlineData("10.1.0.7", "10.1.0.7")]
    [InlineData("::ffff:10.1.0.7", "10.1.0.7")]
    [InlineData("fd00::7", "fd00::7")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("192.168.0.9", null)]
    public void WithoutForwardingItIsTheConnectionsAddressUnlessThatIsAProxysOrThisHosts(string remote, string? expected) =>
        Read(new() { RemoteAddress = IPAddress.Parse(remote) }).Address?.ToString().ShouldBe(expected);

    [Theory]
    [InlineData("10.1.0.7", "10.1.0.7")]
    [InlineData("1.2.3.4, 10.1.0.7", "10.1.0.7")]
    [InlineData("10.1.0.7, 192.168.0.8", "10.1.0.7")]
    [InlineData("forged, 10.1.0.7 ,192.168.0.8,192.168.0.7", "10.1.0.7")]
    [InlineData("10.1.0.7:4711", "10.1.0.7")]
    [InlineData("[fd00::7]:4711", "fd00::7")]
    [InlineData("fd00::7", "fd00::7")]
    [InlineData("::ffff:10.1.0.7", "10.1.0.7")]
    [InlineData("192.168.0.8", null)]
    [InlineData("127.0.0.1", null)]
    public void BehindATrustedProxyItIsTheRightmostAddressThatIsNotAProxys(string header, string? expected)
    {
        var read = Read(new() { RemoteAddress = IPAddress.Parse("192.168.0.1"), ForwardedFor = [header] });
        read.Refusal.ShouldBeNull();
        read.Address?.ToString().ShouldBe(expected);
    }

    [Fact]
    public void SeveralHeaderLinesAreOneChain() =>
        Read(new() { RemoteAddress = IPAddress.Parse("192.168.0.1"), ForwardedFor = ["1.1.1.1, 10.1.0.7", "192.168.0.9"] })
            .Address!.ToString().ShouldBe("10.1.0.7");

    [Theory]
    [InlineData("10.1.0.7")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void AnyoneElseWhoSpeaksOfForwardingIsNobody(string remote)
    {
        var address = IPAddress.Parse(remote);
        ShouldBeUntrusted(new() { RemoteAddress = address, ForwardedFor = ["10.1.0.8"] });
        ShouldBeUntrusted(new() { RemoteAddress = address, HasForwarded = true });
        ShouldBeUntrusted(new() { RemoteAddress = address, HasVia = true });
        ShouldBeUntrusted(new() { RemoteAddress = address, HasProxyHeader = true });
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("7")]
    [InlineData("")]
    [InlineData("10.1.0.7, evil\"")]
    public void WhatATrustedProxySaysMustBeAddresses(string header) =>
        ShouldBeUntrusted(new() { RemoteAddress = IPAddress.Parse("192.168.0.1"), ForwardedFor = [header] });

    [Fact]
    public void ATrustedProxyThatDoesNotSayForWhomIsNotBelieved() =>
        ShouldBeUntrusted(new() { RemoteAddress = IPAddress.Parse("192.168.0.1"), HasVia = true });

    [Theory]
    [InlineData("192.168.0.1", "192.168.0.1", true)]
    [InlineData("192.168.0.77/24", "192.168.0.1", true)]
    [InlineData("192.168.0.0/30", "192.168.0.4", false)]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("::ffff:192.168.0.0/120", "192.168.0.9", true)]
    public void RangesAreReadAsPeopleWriteThem(string range, string address, bool contained)
    {
        IdentityOptions.TryParseRange(range, out var network).ShouldBeTrue();
        network.Contains(IPAddress.Parse(address)).ShouldBe(contained);
    }

    [Fact]
    public void EveryFaultOfTheOptionsIsNamed()
    {
        new IdentityOptions().Validate().ShouldBeEmpty();
        new AccessOptions().Validate().ShouldBeEmpty();
        var options = new IdentityOptions { Audience = " ", TrustedProxies = ["10.0.0.0/33", "proxy", "10.0.0.1"], TokenCacheFor = TimeSpan.FromHours(1), MaxReviewsInFlight = 0 };
        options.Validate().Count().ShouldBe(5);
        new AccessOptions { Lookup = (LookupAccess)7, Register = (RegisterAccess)7, AllowedFor = TimeSpan.FromHours(1) }.Validate().Count().ShouldBe(3);
    }

    private static ClientAddress Read(CallerEvidence evidence) =>
        new ClientAddressReader(new IdentityOptions { TrustedProxies = ["192.168.0.0/24"] }).Read(evidence);

    private static void ShouldBeUntrusted(CallerEvidence evidence)
    {
        var read = Read(evidence);
        read.Address.ShouldBeNull();
        read.Refusal!.Code.ShouldBe(RefusalCodes.UntrustedProxy);
    }
}
