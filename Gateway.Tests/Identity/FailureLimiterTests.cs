using System.Net;
using Gateway.Core.Identity;

namespace Gateway.Tests.Identity;

public sealed class FailureLimiterTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("10.1.0.7", "10.1.0.7", true)]
    [InlineData("10.1.0.7", "10.1.0.8", false)]
    [InlineData("10.1.0.7", "::ffff:10.1.0.7", true)]
    [InlineData("::ffff:10.1.0.7", "::ffff:10.1.0.8", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("fe80::1%3", "fe80::2%4", true)]
    [InlineData("::1", "::2", true)]
    [InlineData("::1", "127.0.0.1", false)]
    public void AddressesThatOneHostMayUseAreOne(string failed, string asked, bool same)
    {
        var limiter = new FailureLimiter(1, 5, _time);
        limiter.Failed(IPAddress.Parse(failed));
        (limiter.WaitOf(IPAddress.Parse(asked)) is not null).ShouldBe(same);
    }

    [Theory]
    [InlineData("10.1.0.7", "10.1.0.7")]
    [InlineData("::ffff:10.1.0.7", "10.1.0.7")]
    [InlineData("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64")]
    [InlineData("fe80::1%3", "fe80::/64")]
    public void APrefixIsWrittenAsPeopleDo(string address, string text) => AddressPrefix.TextOf(IPAddress.Parse(address)).ShouldBe(text);

    [Fact]
    public void AddressesPastTheTablesSizeShareOneBucket()
    {
        var limiter = new FailureLimiter(10, 5, _time, maxAddresses: 4);
        for (var host = 0; host < 4; host++)
            limiter.Failed(Host(host));
        for (var host = 4; host < 14; host++)
        {
            limiter.WaitOf(Host(host)).ShouldBeNull();
            limiter.Failed(Host(host));
        }

        limiter.WaitOf(Host(99)).ShouldNotBeNull("ten of those without a bucket of their own have failed");
        limiter.WaitOf(null).ShouldNotBeNull("an unknown address is one of them");
        limiter.WaitOf(Host(0)).ShouldBeNull("it has its own");

        _time.Advance(TimeSpan.FromSeconds(2));
        limiter.WaitOf(Host(99)).ShouldBeNull();
        limiter.Failed(Host(99));
        for (var i = 0; i < 9; i++)
            limiter.Failed(Host(99));
        limiter.WaitOf(Host(99)).ShouldNotBeNull();
        limiter.WaitOf(Host(98)).ShouldBeNull("what was forgiven made room: 99 has a bucket of its own again");
    }

    [Fact]
    public void AnyNumberOfAddressesIsABoundedNumberOfBuckets()
    {
        var random = new Random(11);
        var limiter = new FailureLimiter(100, 5, _time, maxAddresses: 64);
        var held = 0;
        var bytes = new byte[16];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            var address = new IPAddress(bytes);
            held += limiter.WaitOf(address) is null ? 0 : 1;
            limiter.Failed(address);
            limiter.Addresses.ShouldBeLessThanOrEqualTo(64);
            if (i % 1_000 == 0)
                _time.Advance(TimeSpan.FromSeconds(0.1));
        }

        held.ShouldBeGreaterThan(15_000, "a flood from everywhere is counted as well");
    }

    [Fact]
    public void TroubleFillsABucketAndNoMore()
    {
        var limiter = new FailureLimiter(10, 5, _time);
        for (var i = 0; i < 1_000; i++)
            limiter.Failed(Host(1), byTrouble: true);
        limiter.WaitOf(Host(1)).ShouldBe(TimeSpan.FromSeconds(0.2));

        for (var i = 0; i < 5; i++)
            limiter.Failed(Host(1));
        limiter.WaitOf(Host(1)).ShouldBe(TimeSpan.FromSeconds(1.2));
        limiter.Failed(Host(1), byTrouble: true);
        limiter.WaitOf(Host(1)).ShouldBe(TimeSpan.FromSeconds(1.2), "nor does it forgive");
    }

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(1e-9)]
    [InlineData(1_000_000)]
    public void NoRateMakesAWaitThatIsNone(double forgivenPerSecond)
    {
        var limiter = new FailureLimiter(1, forgivenPerSecond, _time);
        limiter.Failed(Host(1));
        (limiter.WaitOf(Host(1)) ?? TimeSpan.Zero).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    [Fact]
    public void AClockThatIsSetBackForgivesAsEver()
    {
        var time = new SettableClock();
        var limiter = new FailureLimiter(1, 1, time);
        limiter.Failed(Host(1));
        time.Now -= TimeSpan.FromDays(1);
        time.Elapsed += TimeSpan.FromSeconds(1);
        limiter.WaitOf(Host(1)).ShouldBeNull();
    }

    private static IPAddress Host(int number) => new([10, 1, 0, (byte)number]);

    /// <summary>A wall clock that people set, and one that only goes on.</summary>
    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
