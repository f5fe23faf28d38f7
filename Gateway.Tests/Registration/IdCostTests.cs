using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Registration;

/// <summary>What ids cost that are twice as many, or twice as long; counted in allocations, so that a busy machine changes nothing.</summary>
public sealed class IdCostTests
{
    [Theory]
    [InlineData('a')]
    [InlineData('z')]
    [InlineData('é')]
    public void ATextTwiceAsLongIsNoIdForLessThanThreeTimesAsMuch(char letter)
    {
        long CostOf(int length)
        {
            var context = new DefaultHttpContext { Request = { RouteValues = new() { [RouteId.Name] = new string(letter, length) } } };
            return Cost(() =>
            {
                var faults = new FaultList();
                RouteId.Read(context, faults, "").ShouldBeNull();
                faults.ToRefusal().Faults.Length.ShouldBe(1);
            });
        }

        CostOf(100);
        CostOf(16_000).ShouldBeLessThan((3 * CostOf(8_000)) + 4096);
    }

    [Fact]
    public void IdsOfTwiceAsManyRegistrationsCostLessThanThreeTimesAsMuch()
    {
        static long CostOf(int count) => Cost(() =>
        {
            var ids = Enumerable.Range(0, count).Select(static port => new RegistrationKey("shop", "orders", "", "", "http", port + 1).IdFor("uid-1")).ToHashSet(StringComparer.Ordinal);
            ids.Count(static id => RegistrationId.TryParse(id, out _)).ShouldBe(count);
        });

        CostOf(100);
        CostOf(2_000).ShouldBeLessThan(3 * CostOf(1_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(450)]
    [InlineData(5_000)]
    public void AnIdIsTheHashOfItsLinesHoweverLongTheyAre(int length)
    {
        foreach (var letter in new[] { "a", "é", "\U0001F600", "\uD800" })
        {
            var service = string.Concat(Enumerable.Repeat(letter, length));
            var lines = Encoding.UTF8.GetBytes($"uid-1\nshop\n{service}\ng\n\ndubbo\n20880\n");
            new RegistrationKey("shop", service, "g", "", "dubbo", 20_880).IdFor("uid-1").ShouldBe(Convert.ToHexStringLower(SHA256.HashData(lines))[..32]);
        }
    }

    [Fact]
    public void TwiceAsManyCallersThatMissCostLessThanThreeTimesAsMuchAndAreBounded()
    {
        static long CostOf(int count)
        {
            var limit = new MissLimit(new RegistrationOptions(), new ManualTimeProvider());
            return Cost(() =>
            {
                for (var i = 0; i < count; i++)
                    limit.Take(new AnonymousCaller(false) { RemoteAddress = new IPAddress(i) }, 1);
            });
        }

        CostOf(100);
        CostOf(8_000).ShouldBeLessThan(3 * CostOf(4_000));
        CostOf(80_000).ShouldBeLessThan(3 * CostOf(40_000));
    }

    private static long Cost(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
