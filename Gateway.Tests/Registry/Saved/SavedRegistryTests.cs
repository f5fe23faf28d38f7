using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Registry.Saved;

namespace Gateway.Tests.Registry.Saved;

/// <summary>A saved state is read back as it was; what no gateway wrote is skipped, or refused whole.</summary>
public sealed class SavedRegistryTests
{
    private static readonly SavedRegistryLimits Limits = SavedRegistryLimits.For(long.MaxValue);
    private static readonly SavedRegistry Sample = SavedCluster.Of(pods: 3);

    [Fact]
    public void AStateIsReadBackAsItWasWritten()
    {
        var bytes = SavedRegistryBytes.Write(Sample, Limits)!;
        var read = Read(bytes, skipped: 0).ShouldNotBeNull();
        read.Revision.ShouldBe(Sample.Revision);
        (read.Pods.Length, read.Services.Length, read.Slices.Length, read.Endpoints.Length, read.Nodes.Length).ShouldBe((3, 1, 1, 1, 1));

        // Written again it is the same, with every member.
        SavedRegistryBytes.Write(read, Limits).ShouldBe(bytes);
    }

    [Fact]
    public void AnEmptyClusterIsAStateToo() =>
        Read(SavedRegistryBytes.Write(new SavedRegistry(default, Sample.Revision, [], [], [], [], []), Limits)!, skipped: 0).ShouldNotBeNull().Pods.ShouldBeEmpty();

    [Theory]
    [InlineData("P", "Metadata/Name", """ "\ud800" """)]
    [InlineData("P", "Metadata/Name", """ ".." """)]
    [InlineData("P", "Metadata/Name", """ "a/b" """)]
    [InlineData("P", "Metadata/Name", "null")]
    [InlineData("P", "Metadata/Namespace", """ "../kube-system" """)]
    [InlineData("P", "Metadata/Namespace", """ "" """)]
    [InlineData("P", "Metadata/Uid", "null")]
    [InlineData("P", "Metadata", "null")]
    [InlineData("P", "Metadata/Labels", """ {"a":null} """)]
    [InlineData("P", "Metadata/Labels", "null")]
    [InlineData("P", "Metadata/Labels", """ {"a":"\ud800"} """)]
    [InlineData("P", "Metadata/Annotations", """ {"\udfff":"a"} """)]
    [InlineData("P", "Metadata/Version", "18446744073709551615")]
    [InlineData("P", "Metadata/Version", "1e400")]
    [InlineData("P", "Metadata/DeletionTimestamp", """ "9999-12-31T23:59:59.9999999Z" """)]
    [InlineData("P", "Metadata/CreationTimestamp", """ "yesterday" """)]
    [InlineData("P", "Metadata/AnnotationBytes", "-1")]
    [InlineData("P", "PodIPs", "[null]")]
    [InlineData("P", "PodIPs", """ ["x"] """)]
    [InlineData("P", "Containers", "null")]
    [InlineData("P", "ServiceAccountName", "null")]
    [InlineData("P", "Phase", "77")]
    [InlineData("P", "ContainerStatuses", """ [{"Name":"app","RestartCount":1,"StartedAt":"9999-12-31T23:59:59.9999999Z"}] """)]
    [InlineData("P", "ContainerStatuses", """ [{"Name":"app","RestartCount":1}] """)]
    [InlineData("P", "ContainerStatuses", "[null]")]
    [InlineData("S", "Ports", """ [{"Name":"","Port":99999999,"TargetPort":null,"Protocol":"TCP","AppProtocol":null}] """)]
    [InlineData("S", "Ports", """ [{"Name":null,"Port":80,"TargetPort":null,"Protocol":"TCP","AppProtocol":null}] """)]
    [InlineData("S", "Selector", """ {"a":null} """)]
    [InlineData("S", "Type", "null")]
    [InlineData("E", "Endpoints", "[null]")]
    [InlineData("E", "Endpoints/0/Addresses", "null")]
    [InlineData("E", "Endpoints/0/Addresses", "[null]")]
    [InlineData("E", "Endpoints/0/Target/Uid", "null")]
    [InlineData("E", "AddressType", "null")]
    [InlineData("O", "Slices/0/Metadata/Namespace", """ "" """)]
    [InlineData("O", "Slices", "null")]
    [InlineData("N", "Metadata/Namespace", """ "shop" """)]
    public void AnObjectThatNoApiServerHasIsSkippedAndTheOthersAreRead(string letter, string path, string value)
    {
        var lines = Lines(Sample);
        var at = lines.FindIndex(line => line.StartsWith(letter, StringComparison.Ordinal));
        lines.Insert(at, letter + With(lines[at][1..], path.Split('/'), value));
        lines[^1] = $".{lines.Count - 2}";
        var read = Read(Pack(lines), skipped: 1).ShouldNotBeNull();
        (read.Pods.Length, read.Services.Length, read.Slices.Length, read.Endpoints.Length, read.Nodes.Length).ShouldBe((3, 1, 1, 1, 1));
    }

    [Theory]
    [InlineData("P{}")]
    [InlineData("Pnull")]
    [InlineData("P[")]
    [InlineData("Pyesterday")]
    [InlineData("P")]
    [InlineData("X{}")]
    [InlineData("")]
    public void ALineThatIsNoObjectIsSkippedAndTheOthersAreRead(string line)
    {
        var lines = Lines(Sample);
        lines.Insert(1, line);
        lines[^1] = $".{lines.Count - 2}";
        Read(Pack(lines), skipped: 1).ShouldNotBeNull().Pods.Length.ShouldBe(3);
    }

    [Fact]
    public void AStateOfWhichAKindCannotBeReadAtAllIsNoState()
    {
        var lines = Lines(Sample).Select(static line => line.StartsWith('P') ? "P{\"kind\":\"of another version\"}" : line);
        Read(Pack(lines)).ShouldBeNull();
    }

    [Fact]
    public void AStateThatIsNotWholeIsNoState()
    {
        var bytes = SavedRegistryBytes.Write(Sample, Limits)!;
        for (var length = 0; length < bytes.Length; length += 7)
            (Read(bytes[..length])?.Nodes.Length ?? 1).ShouldBe(1, "the last bytes say only that there are no more");
        var lines = Lines(Sample);
        Read(Pack(lines[..^1])).ShouldBeNull("no end");
        Read(Pack(lines[1..])).ShouldBeNull("no head");
        lines.RemoveAt(2);
        Read(Pack(lines)).ShouldBeNull("a line is missing");
        Read([]).ShouldBeNull();
        Read(Encoding.UTF8.GetBytes("""{"At":"2026-11-20T12:00:00Z","Pods":[]}""")).ShouldBeNull();
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var noise = new byte[random.Next(1, 3000)];
            random.NextBytes(noise);
            Read(noise).ShouldBeNull();
        }
    }

    [Fact]
    public void ARevisionThatNoClusterHasIsLeftOutAndTheObjectsAreRead()
    {
        var layout = RevisionLayout.WholeCluster.Fingerprint;
        RevisionPart[] parts = [new(1, 5000, 7), new(1, uint.MaxValue, 7), new(1, 0, ulong.MaxValue)];
        string[] revisions = ["", "\u00e9", new string('A', 200), .. parts.Select(part => new Revision(layout, [part], 0, 0).ToString())];
        foreach (var revision in revisions)
        {
            var lines = Lines(Sample);
            lines[0] = "registry-gateway state 1 " + revision;
            Read(Pack(lines), skipped: 0).ShouldNotBeNull().Revision.ShouldBe("");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFewMegabytesThatUnpackToManyGigabytesCostBoundedMemoryAndAreNoState(bool withLines)
    {
        var limits = SavedRegistryLimits.For(1L << 30);
        var bomb = Bomb(withLines, gigabytes: 4);
        bomb.Length.ShouldBeLessThan(limits.PackedBytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        SavedRegistryBytes.Read(bomb, limits, out _).ShouldBeNull();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(limits.UnpackedBytes);
    }

    [Fact]
    public void SmallObjectsWithoutEndAreNoState()
    {
        var limits = Limits with { Items = 1000 };
        var bytes = SavedRegistryBytes.Write(Sample with { Nodes = [.. Enumerable.Range(0, 1001).Select(static i => Given.Node($"n{i}", "a"))] }, Limits)!;
        SavedRegistryBytes.Read(bytes, limits, out _).ShouldBeNull();
        SavedRegistryBytes.Read(bytes, Limits, out _).ShouldNotBeNull().Nodes.Length.ShouldBe(1001);
    }

    [Fact]
    public void ALineBeyondItsLimitIsSkippedAndTheNextIsRead()
    {
        var text = new string('x', 300_000) + "\nshort\n" + new string('y', 1000) + "\n\nunended";
        var lines = new BoundedLines(new MemoryStream(Encoding.ASCII.GetBytes(text)), lineBytes: 100, totalBytes: 1_000_000);
        List<string> read = [];
        while (lines.TryRead(out var line))
            read.Add(Encoding.ASCII.GetString(line));
        read.ShouldBe(["short", ""]);
        lines.Skipped.ShouldBe(2);
    }

    /// <summary>Where the limits come from: pods as operators and meshes leave them, two registrations each.</summary>
    [Fact]
    public void TheStateOf150000PodsIsWithinTheLimits()
    {
        const int Sampled = 1500;
        const long Times = 150_000 / Sampled;
        var saved = SavedCluster.Of(Sampled);
        var unpacked = Lines(saved).Sum(static line => (long)Encoding.UTF8.GetByteCount(line) + 1);
        var packed = SavedRegistryBytes.Write(saved, Limits)!.Length;
        var items = saved.Pods.Length + saved.Services.Length + saved.Nodes.Length + saved.Slices.Sum(static slice => 1 + slice.Endpoints.Length);
        TestContext.Current.TestOutputHelper?.WriteLine($"{unpacked * Times >> 20} MiB unpacked, {packed * Times >> 20} MiB packed, {items * Times} items");
        (unpacked * Times).ShouldBeLessThan(Limits.UnpackedBytes);
        (packed * Times).ShouldBeLessThan(Limits.PackedBytes);
        (items * Times).ShouldBeLessThan(Limits.Items);
    }

    [Fact]
    public void ARestoredStateIsServedWhateverItsPodsSayInTheirAnnotations()
    {
        using var registry = new ProjectedRegistry();
        string[] texts = ["", "{", "\"\\ud800\"", "{\"v\":1,\"service\":\"a\",\"port\":99999999999}", new string('[', 4000)];
        var odd = texts.Select(static (text, number) => Given.Pod($"odd-{number}", "10.0.1.1").Annotated(
            ($"registry-gateway.io/{new string('a', 32)}", text), ("registry-gateway.io/declare", text), ("io.dubbo/metadata", text), ("dubbo.io/annotation", text)));
        var pods = Sample with { Pods = [.. Sample.Pods, .. odd] };
        registry.Projector.Offer(Read(SavedRegistryBytes.Write(pods, Limits)!, skipped: 0)!);
        registry.Fold().HasSynced.ShouldBeTrue();
        registry.Instances("orders").Length.ShouldBe(6);
    }

    private static SavedRegistry? Read(byte[] bytes, int? skipped = null)
    {
        var read = SavedRegistryBytes.Read(bytes, Limits, out var left);
        if (skipped is { } expected)
            left.ShouldBe(expected);
        return read;
    }

    private static string With(string json, string[] path, string value)
    {
        var root = JsonNode.Parse(json)!;
        var parent = path[..^1].Aggregate(root, static (node, step) => node is JsonArray ? node[int.Parse(step, CultureInfo.InvariantCulture)]! : node[step]!);
        parent[path[^1]] = "@";
        return root.ToJsonString().Replace("\"@\"", value.Trim(), StringComparison.Ordinal);
    }

    private static List<string> Lines(SavedRegistry saved)
    {
        using var brotli = new BrotliStream(new MemoryStream(SavedRegistryBytes.Write(saved, Limits)!), CompressionMode.Decompress);
        using var reader = new System.IO.StreamReader(brotli);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static byte[] Pack(IEnumerable<string> lines)
    {
        using var bytes = new MemoryStream();
        using (var writer = new StreamWriter(new BrotliStream(bytes, CompressionLevel.Fastest)))
        {
            foreach (var line in lines)
                writer.Write(line + "\n");
        }

        return bytes.ToArray();
    }

    private static byte[] Bomb(bool withLines, int gigabytes)
    {
        var block = new byte[1 << 20];
        block.AsSpan().Fill((byte)' ');
        if (withLines)
            block[^1] = (byte)'\n';
        using var bytes = new MemoryStream();
        using (var brotli = new BrotliStream(bytes, CompressionLevel.Fastest))
        {
            brotli.Write(Encoding.ASCII.GetBytes(Lines(Sample)[0] + "\n"));
            for (var i = 0; i < gigabytes << 10; i++)
                brotli.Write(block);
        }

        return bytes.ToArray();
    }
}
