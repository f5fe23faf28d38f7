using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Registry;

namespace Gateway.Tests.Kubernetes.Models;

/// <summary>What is stored small reads as it was written, whatever its form.</summary>
public sealed class CompactPodTests
{
    [Theory]
    [InlineData("10.1.0.7")]
    [InlineData("fd00:10:244::7")]
    [InlineData("fd00:0010:0244::7")]
    [InlineData("010.1.0.7")]
    [InlineData("fe80::1%3")]
    [InlineData("no address")]
    public void AnAddressKeepsItsSpelling(string address)
    {
        var pod = Given.Pod("a", address) with { PodIPs = ["10.1.0.9", address] };
        pod.PodIPs.ShouldBe(["10.1.0.9", address]);
        pod.HasAddress(address).ShouldBeTrue();
        pod.HasAddress("10.1.0.8").ShouldBeFalse();
    }

    [Fact]
    public void StatusesAreKeptWhateverTheyHold()
    {
        ContainerStatus[] statuses =
        [
            new("app", 0, Given.Noon), new("app", 1_000_000, null) { Problem = "CrashLoopBackOff" }, new("side", 127, Given.Noon) { Run = "0123456789ab", Problem = "Completed" },
            new("side", 128, Given.Noon.AddTicks(1)), new("unknown", 1, Given.Noon), new("app", 1, Given.Noon) { Problem = "AnotherReason" }, new("app", -1, Given.Noon.ToOffset(TimeSpan.FromHours(1))),
        ];
        foreach (var status in statuses)
        {
            var pod = Given.Pod("a", "10.1.0.7") with { Containers = ["app", "side"], ContainerStatuses = [status, statuses[0]] };
            pod.ContainerStatuses.ShouldBe([status, statuses[0]]);
            (pod with { Containers = ["side", "mesh", "app"] }).ContainerStatuses.ShouldBe([status, statuses[0]]);
            (pod with { PodIPs = [] }).ContainerStatuses.ShouldBe([status, statuses[0]]);
            pod.StatusOf(status.Name).ShouldBe(status);
            (pod with { ContainerStatuses = [new("side", 300, Given.Noon) { Run = "0123456789ab" }, status with { Name = "app" }] }).StatusOf("app").ShouldBe(status with { Name = "app" });
            pod.StatusOf("mesh").ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("2f0a4a53-0b3a-4a8e-9d0d-6c9b1c9b0c11")]
    [InlineData("2F0A4A53-0B3A-4A8E-9D0D-6C9B1C9B0C11")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("not-a-uuid")]
    [InlineData("")]
    public void AUidKeepsItsSpelling(string uid)
    {
        var metadata = new ObjectMeta { Name = "a", Uid = uid, DeletionTimestamp = Given.Noon };
        metadata.Uid.ShouldBe(uid);
        (metadata with { Uid = "other" }).PackedUid.Equals(metadata.PackedUid).ShouldBeFalse();
        (metadata with { Name = "b" }).PackedUid.Equals(metadata.PackedUid).ShouldBeTrue();
        metadata.DeletionTimestamp.ShouldBe(Given.Noon);
    }

    [Theory]
    [InlineData("orders-7d4b9c6f58-abcde")]
    [InlineData("web-0")]
    [InlineData("web-12345678")]
    public void APartedNameIsTheSameNameAsAWholeOne(string name)
    {
        var parts = NameParts.Split(System.Text.Encoding.UTF8.GetBytes(name), static stem => System.Text.Encoding.UTF8.GetString(stem)).ShouldNotBeNull();
        parts.ToString().ShouldBe(name);
        parts.Equals(new NameParts(name + "x", 0)).ShouldBeFalse();
        parts.Equals(new NameParts(name, 0)).ShouldBeTrue();
        new ObjectKey("shop", parts).ShouldBe(new ObjectKey("shop", name));
        new ObjectKey("shop", parts).GetHashCode().ShouldBe(new ObjectKey("shop", name).GetHashCode());
    }

    [Theory]
    [InlineData("web")]
    [InlineData("web-123456789")]
    [InlineData("web-")]
    [InlineData("wéb-1")]
    public void OtherNamesStayWhole(string name) => NameParts.Split(System.Text.Encoding.UTF8.GetBytes(name), static _ => "").ShouldBeNull();

    [Fact]
    public void ATreeHoldsWhatADictionaryWouldAndOlderVersionsStayAsTheyWere()
    {
        // Few hashes, so that they meet; two to an object.
        static int? HashOf(string text, int i) => i switch { 0 => text.Length % 7 * 0x0101_0101, 1 => text[0], _ => null };
        var random = new Random(4711);
        var trie = new ObjectTrie<string>(HashOf);
        List<string> held = [];
        for (var i = 0; i < 5_000; i++)
        {
            var former = random.Next(3) == 0 && held.Count > 0 ? held[random.Next(held.Count)] : null;
            var next = former is null || random.Next(2) == 0 ? new string((char)random.Next(1, 2_000), random.Next(1, 50)) : null;
            var (before, count) = (trie, held.Count);
            if (i % 5 == 0)
                (trie = trie.Copy()).Change(former, next);
            else
                trie = trie.With(former, next);
            held.RemoveAll(one => ReferenceEquals(one, former));
            if (next is not null)
                held.Add(next);
            if (i % 100 != 0)
                continue;
            before.All.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(count);
            trie.All.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(held.Count);
            foreach (var one in held)
                (trie.Candidates(one[0]).Contains(one) && trie.Candidates(one.Length % 7 * 0x0101_0101).Contains(one)).ShouldBeTrue(one);
        }
    }
}
