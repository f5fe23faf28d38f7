using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Kubernetes.Informers;
using Google.Protobuf;

namespace Gateway.Tests.Hostile;

/// <summary>
/// The same as <see cref="MutatedWatchTests"/> in protobuf: every whole frame, as a reader that is not ours finds it, was stored, or the watch ended in a
/// way that is followed by a list or resumed from before the frame. Lists that were changed are read, or fail as a whole.
/// </summary>
public sealed class MutatedProtobufTests(ITestOutputHelper output)
{
    private const ulong Listed = 100;

    private static readonly byte[][] Frames =
    [
        Frame(Wire.Added(Wire.Pod("c", 101))), Frame(Wire.Modified(Wire.Pod("a", 102, address: "10.1.0.9"))), Frame(Wire.Deleted(Wire.Pod("b", 103))), Frame(Wire.Bookmark(110)),
        Frame(Wire.Added(Wire.Pod("b", 111, "second"))), ProtobufWire.Frame("MODIFIED", ProtobufWire.Enveloped("Pod", ProtobufWire.UndecodablePod("c", 112))),
        Frame(Wire.Modified(Wire.Pod("c", 113))), Frame(Wire.Deleted(Wire.Pod("a", 114))), Frame(Wire.Error(410, "Expired")), Frame(Wire.Error(429, "TooManyRequests", 1)),
        Frame(Wire.Bookmark(120)), Frame(Wire.Added(Wire.Pod("é", 121))),
    ];

    private static readonly byte[][] Bits =
    [
        "k8s\0"u8.ToArray(), "ADDED"u8.ToArray(), "Pod"u8.ToArray(), [0], [0x0A, 0], [0x12, 0], [0xFF], [0x80, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x1B], [0x1C], [0xC3], [0, 0, 0, 0], [0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF],
    ];

    [Fact]
    public async Task AMutatedWatchStreamIsNeverAnUnexpectedExceptionNorASilentSkip()
    {
        var random = new Random(HostileRun.Seed(output));
        using var recorder = new MetricsRecorder();
        using var metrics = new GatewayMetrics(recorder);
        var channel = new Channel(ProtobufWire.WatchMedia);
        var time = new ManualTimeProvider();
        using var api = Api(channel, metrics, time);
        var outcomes = new Dictionary<WatchOutcome, int>();
        for (var i = HostileRun.Count(small: 2_000, full: 100_000); i > 0; i--)
        {
            var stream = Mutate(random, Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Of(Frames)).SelectMany(static frame => frame));
            (channel.Body, channel.Piece) = (stream, random.Of(1, 7, 64, 4096, int.MaxValue));
            var store = ClusterCache.NewPodStore();
            store.Replace([Decoded("a", 40), Decoded("b", 41)], Listed);
            var before = Events(recorder);
            var end = await RunAsync(api, store, metrics, time);
            Check(stream, store, end, (int)(Events(recorder) - before));
            outcomes[end.Outcome] = outcomes.GetValueOrDefault(end.Outcome) + 1;
        }

        output.WriteLine(string.Join(", ", outcomes.Select(static outcome => $"{outcome.Key}: {outcome.Value}")));
        outcomes.Keys.ShouldContain(WatchOutcome.Ended);
        outcomes.Keys.ShouldContain(WatchOutcome.Unreadable);
        outcomes.Keys.ShouldContain(WatchOutcome.Cut);
    }

    [Fact]
    public async Task AMutatedListIsReadWholeOrFails()
    {
        var random = new Random(HostileRun.Seed(output));
        using var metrics = new GatewayMetrics();
        var channel = new Channel(ProtobufWire.Media);
        using var api = Api(channel, metrics, new ManualTimeProvider());
        var (read, failed) = (0, 0);
        for (var i = HostileRun.Count(small: 2_000, full: 100_000); i > 0; i--)
        {
            var names = Enumerable.Range(0, random.Next(0, 5)).Select(static name => $"pod-{name}").ToList();
            channel.Body = Mutate(random, ProtobufWire.List(100, [.. names.Select(static name => ProtobufWire.Message(Wire.Pod(name, 40), "Pod"))]));
            channel.Piece = random.Of(1, 7, 64, 4096, int.MaxValue);
            try
            {
                var list = await api.ListAsync(ResourceTypes.Pods, new(), TestContext.Current.CancellationToken).Within();
                read++;
                (list.Items.Count + list.Unreadable.Count(static item => item.Key is null)).ShouldBe(Items(channel.Body), Convert.ToHexString(channel.Body));
                list.Version.ShouldBeGreaterThan(0UL);
            }
            catch (KubernetesApiException)
            {
                failed++;
            }
        }

        output.WriteLine($"{read} read, {failed} failed");
        read.ShouldBePositive();
        failed.ShouldBePositive();
    }

    private static KubernetesApi Api(Channel channel, GatewayMetrics metrics, TimeProvider time) =>
        new(new ClusterConnection { BaseAddress = new Uri("http://127.0.0.1:1"), NeverUsesProxy = true, Channel = channel }, new KubernetesOptions(), metrics, time);

    private static Task<WatchEnd> RunAsync(KubernetesApi api, ObjectStore<Pod> store, GatewayMetrics metrics, ManualTimeProvider time)
    {
        var context = new InformerContext<Pod>
        {
            Api = api,
            Type = ResourceTypes.Pods,
            Scope = new(""),
            Informer = new("", store),
            Epoch = new(new StoreEpoch()),
            Options = FollowedPods.Plain,
            Time = time,
            Metrics = metrics,
            Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
        };
        var health = new InformerHealth<Pod>(context);
        var session = new WatchSession<Pod>(context, health, new Lister<Pod>(context, health), new ProgressProbe<Pod>(context, health));
        return session.RunAsync(null, false, TestContext.Current.CancellationToken).Within();
    }

    private static void Check(byte[] stream, ObjectStore<Pod> store, WatchEnd end, int told)
    {
        var (frames, isWhole) = Split(stream);
        var shown = $"{end} of {Convert.ToHexString(stream)}";
        switch (end.Outcome)
        {
            case WatchOutcome.Ended:
                (told, isWhole).ShouldBe((frames.Count, true), shown);
                break;
            case WatchOutcome.Cut:
                // It is resumed after the last whole frame.
                told.ShouldBe(frames.Count, shown);
                isWhole.ShouldBeFalse(shown);
                break;
            default:
                end.Outcome.ShouldBeOneOf(WatchOutcome.Unreadable, WatchOutcome.Disordered, WatchOutcome.Gone, WatchOutcome.TooLarge, WatchOutcome.Throttled, WatchOutcome.Rejected);
                told.ShouldBeLessThanOrEqualTo(frames.Count, shown);
                break;
        }

        // The frame at which it ended may have been counted before it was found to be unreadable; it must not have been stored.
        var stored = string.Join(' ', store.All.Select(static pod => $"{pod.Metadata.Key}@{pod.Metadata.Version}").Order(StringComparer.Ordinal)) + $" at {store.Version}";
        var expected = TryFold(frames.Take(end.Outcome == WatchOutcome.Disordered ? told - 1 : told));
        if (end.Outcome == WatchOutcome.Unreadable && expected is not null && stored != expected)
            expected = TryFold(frames.Take(told - 1));
        if (expected is not null)
            stored.ShouldBe(expected, shown);
    }

    private static string? TryFold(IEnumerable<byte[]> frames)
    {
        try
        {
            return Folded(frames);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or ArgumentException)
        {
            return "a frame that is no message";
        }
    }

    /// <summary>What the store has to hold after these frames; null where a field is there twice, of which readers may take either.</summary>
    private static string? Folded(IEnumerable<byte[]> frames)
    {
        var objects = new Dictionary<string, ulong> { ["shop/a"] = 40, ["shop/b"] = 41 };
        var version = Listed;
        foreach (var frame in frames)
        {
            var raw = One(One(frame, 2), 1);
            var metadata = One(One(raw?[4..], 2), 1);
            if (One(frame, 1) is not { } type || metadata is null)
                return null;
            if (!TryOne(metadata, 6, out var at) || !TryOne(metadata, 1, out var name) || !TryOne(metadata, 3, out var ns))
                return null;
            if (!ulong.TryParse(at, CultureInfo.InvariantCulture, out var number))
                return "a frame without a version";
            var key = new ObjectKey(ns, name).ToString();
            var kind = Encoding.UTF8.GetString(type);
            if (kind != "BOOKMARK" && number <= version)
            {
                // Not the next change: known already, or the watch has to end.
                if (objects.TryGetValue(key, out var held) ? held < number : kind != "DELETED")
                    return "a frame after a later one";
                continue;
            }

            switch (kind)
            {
                case "ADDED" or "MODIFIED":
                    objects[key] = number;
                    break;
                case "DELETED":
                    objects.Remove(key);
                    break;
            }

            version = Math.Max(version, number);
        }

        return string.Join(' ', objects.Select(static entry => $"{entry.Key}@{entry.Value}").Order(StringComparer.Ordinal)) + $" at {version}";
    }

    private static bool TryOne(byte[] message, int field, out string text)
    {
        var found = Fields(message, field);
        text = found.Count == 1 ? Encoding.UTF8.GetString(found[0]) : "";
        return found.Count <= 1;
    }

    private static byte[]? One(byte[]? message, int field) => message is not null && Fields(message, field) is [var only] ? only : null;

    private static int Items(byte[] list) => One(list[4..], 2) is { } raw ? Fields(raw, 2).Count : -1;

    private static List<byte[]> Fields(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }

    private static (List<byte[]> Frames, bool IsWhole) Split(byte[] stream)
    {
        List<byte[]> frames = [];
        var at = 0;
        while (at < stream.Length)
        {
            if (stream.Length - at < 4)
                return (frames, false);
            var length = BinaryPrimitives.ReadUInt32BigEndian(stream.AsSpan(at));
            if (length > stream.Length - at - 4)
                return (frames, false);
            frames.Add(stream[(at + 4)..(at + 4 + (int)length)]);
            at += 4 + (int)length;
        }

        return (frames, true);
    }

    private static byte[] Mutate(Random random, IEnumerable<byte> original)
    {
        List<byte> bytes = [.. original];
        for (var i = random.Next(4); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, random.Once(5) ? 400 : 9), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, random.Of(Bits));
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Frame(string jsonEvent) => ProtobufWire.Frame(jsonEvent);

    private static Pod Decoded(string name, ulong version) =>
        new() { Metadata = new() { Namespace = "shop", Name = name, Uid = $"uid-{name}", Version = version } };

    private static double Events(MetricsRecorder recorder) =>
        new[] { "added", "modified", "deleted", "bookmark" }.Sum(type => recorder[$"registry.informer.events type={type}"]);

    private sealed class Channel(string mediaType) : HttpMessageHandler
    {
        public byte[] Body { get; set; } = [];
        public int Piece { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new StreamContent(new Pieces(Body, Piece)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(mediaType) } };
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        }
    }

    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
