using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Revisions;

public sealed class RevisionTests
{
    private static readonly RevisionLayout Layout = RevisionLayout.WholeCluster;

    [Fact]
    public void ItIsComparedPartByPart()
    {
        var one = Of(pods: 10, slices: 5);
        var other = Of(pods: 9, slices: 6);
        one.Covers(other).ShouldBeFalse();
        other.Covers(one).ShouldBeFalse();
        Of(pods: 10, slices: 6).Covers(one).ShouldBeTrue();
        Of(pods: 10, slices: 6).Covers(other).ShouldBeTrue();
    }

    [Fact]
    public void CoveringIsAPartialOrder()
    {
        var random = new Random(4711);
        var some = Enumerable.Range(0, 60).Select(_ => Of(
            (ulong)random.Next(3), (ulong)random.Next(3), (ulong)random.Next(3), (uint)random.Next(2))).ToList();
        foreach (var a in some)
        {
            a.Covers(a).ShouldBeTrue();
            foreach (var b in some.Where(a.Covers))
            {
                if (b.Covers(a))
                    b.Parts.AsSpan().SequenceEqual(a.Parts.AsSpan()).ShouldBeTrue();
                foreach (var c in some.Where(b.Covers))
                    a.Covers(c).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void NothingSeenIsCoveredByAnything() => Of(pods: 1).Covers(Revision.Empty(Layout)).ShouldBeTrue();

    [Fact]
    public void AnotherHistoryIsNeverCovered()
    {
        var before = Of(pods: 100);
        var after = Of(pods: 500, history: 1);
        after.Covers(before).ShouldBeFalse();
        before.Covers(after).ShouldBeFalse();
    }

    [Fact]
    public void AnotherLayoutIsNeverCovered()
    {
        var layout = new RevisionLayout(["billing", "shop"]);
        Of(pods: 100).Covers(Revision.Empty(layout)).ShouldBeFalse();
        Revision.Empty(layout).Covers(Revision.Empty(new RevisionLayout(["shop", "billing"]))).ShouldBeTrue();
    }

    [Fact]
    public void APartNeverShrinksWithinItsHistory()
    {
        var revision = Of(pods: 10);
        revision.Raise(new RevisionPart(Pods, 0, 9)).ShouldBeSameAs(revision);
        revision.Raise(new RevisionPart(Pods, 0, 10)).ShouldBeSameAs(revision);
        revision.Raise(new RevisionPart(Pods, 0, 11)).Part(Pods).Version.ShouldBe(11ul);
        revision.Raise(new RevisionPart(Pods, 1, 3)).Part(Pods).ShouldBe(new RevisionPart(Pods, 1, 3));
        revision.Raise(new RevisionPart(Pods, 1, 3)).Raise(new RevisionPart(Pods, 0, 99)).Part(Pods).Version.ShouldBe(3ul);
    }

    [Fact]
    public void TextComesBackAsTheSameRevision()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var layout = new RevisionLayout(Enumerable.Range(0, random.Next(KubernetesOptions.MaxNamespaces + 1)).Select(static n => "ns-" + n));
            var revision = Revision.Empty(layout);
            for (var index = 0; index < layout.Count; index++)
            {
                if (random.Next(4) > 0)
                    revision = revision.Raise(new RevisionPart(index, random.Next(20) == 0 ? 1u : 0u, 1_000_000_000_000 + (ulong)random.NextInt64(1 << 20)));
            }

            revision = random.Next(2) == 0 ? revision : revision.At((uint)random.Next(1, int.MaxValue), (ulong)random.NextInt64(1 << 30));
            var text = revision.ToString();
            text.Length.ShouldBeLessThanOrEqualTo(Revision.MaxLength);
            text.ShouldAllBe(static c => char.IsAsciiLetterOrDigit(c) || c == '-' || c == '_');
            Revision.TryParse(text, out var read).ShouldBeTrue();
            read.ShouldBe(revision);
        }
    }

    [Fact]
    public void AsManyNamespacesAsTheValidatorAllowsFit()
    {
        var layout = new RevisionLayout(Enumerable.Range(0, KubernetesOptions.MaxNamespaces).Select(static n => "ns-" + n));
        var revision = Revision.Empty(layout).At(uint.MaxValue, 1ul << 40);
        for (var index = 0; index < layout.Count; index++)
            revision = revision.Raise(new RevisionPart(index, 0, (1ul << 40) - ((ulong)index * 60_000)));
        Revision.TryParse(revision.ToString(), out var read).ShouldBeTrue();
        revision.ToString().Length.ShouldBeLessThanOrEqualTo(Revision.MaxLength);
        read.IsCut.ShouldBeFalse();
        read.ShouldBe(revision);
    }

    [Fact]
    public void WhatDoesNotFitIsCutAndThenOnlyItsOwnProcessCanTell()
    {
        var layout = new RevisionLayout(Enumerable.Range(0, 40).Select(static n => "ns-" + n));
        var revision = Revision.Empty(layout);
        for (var index = 0; index < layout.Count; index++)
            revision = revision.Raise(new RevisionPart(index, 0, ulong.MaxValue - ((ulong)index << 56)));
        revision = revision.At(5, 10);

        revision.ToString().Length.ShouldBeLessThanOrEqualTo(Revision.MaxLength);
        Revision.TryParse(revision.ToString(), out var read).ShouldBeTrue();
        read.IsCut.ShouldBeTrue();
        revision.At(5, 11).Covers(read).ShouldBeTrue();
        revision.At(5, 9).Covers(read).ShouldBeFalse();
        revision.At(6, 11).Covers(read).ShouldBeFalse();
    }

    [Fact]
    public void ReadingNeverThrowsAndRefusesWhatIsNone()
    {
        foreach (var text in (string?[])[null, "", " ", "AQ", "AQ==", "nonsense", new string('A', 201), "AQAAAA AA", "\0", "ünicode"])
            Revision.TryParse(text, out _).ShouldBeFalse(text);

        var random = new Random(99);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            bytes[0] = 1;
            if (Revision.TryParse(System.Buffers.Text.Base64Url.EncodeToString(bytes), out var read))
            {
                Revision.TryParse(read.ToString(), out var again).ShouldBeTrue();
                again.ShouldBe(read);
            }
        }
    }

    [Fact]
    public void AServicesRevisionHasOnlyThePartsOfItsNamespace()
    {
        var layout = new RevisionLayout(["billing", "shop"]);
        var revision = Revision.Empty(layout);
        for (var index = 0; index < layout.Count; index++)
            revision = revision.Raise(new RevisionPart(index, 0, 10));
        var shop = revision.For(layout, "shop");
        shop.Parts.Select(static part => part.Index).ShouldBe(
            [0, layout.IndexOf(WatchedKind.Pods, "shop"), layout.IndexOf(WatchedKind.Services, "shop"), layout.IndexOf(WatchedKind.Slices, "shop")]);
        revision.Covers(shop).ShouldBeTrue();
        layout.IndexOf(WatchedKind.Pods, "elsewhere").ShouldBe(-1);
    }

    private static int Pods => Layout.IndexOf(WatchedKind.Pods, "");

    private static Revision Of(ulong pods = 0, ulong services = 0, ulong slices = 0, uint history = 0) => Revision.Empty(Layout)
        .Raise(new RevisionPart(Pods, history, pods))
        .Raise(new RevisionPart(Layout.IndexOf(WatchedKind.Services, ""), 0, services))
        .Raise(new RevisionPart(Layout.IndexOf(WatchedKind.Slices, ""), 0, slices));
}
