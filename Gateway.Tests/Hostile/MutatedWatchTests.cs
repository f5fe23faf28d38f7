using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Kubernetes.Informers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Hostile;

/// <summary>
/// Watch streams whose bytes were changed at random go through framing, decoder, session and store: never an exception that is not expected,
/// and never a silent skip. Every whole frame, as another parser finds them, was stored, or the watch ended in a way that is followed
/// by a list or resumed from before the frame.
/// </summary>
public sealed class MutatedWatchTests(ITestOutputHelper output)
{
    private const ulong Listed = 100;
    private const string NoText = "(no text)";

    private static readonly string[] Frames =
    [
        Wire.Added(Wire.Pod("c", 101)), Wire.Modified(Wire.Pod("a", 102, address: "10.1.0.9")), Wire.Deleted(Wire.Pod("b", 103)), Wire.Bookmark(110),
        Wire.Added(Wire.Pod("b", 111, "second")), Wire.Modified(Wire.UndecodablePod("c", 112)), Wire.Modified(Wire.Pod("c", 113)),
        Wire.Deleted(Wire.Pod("a", 114)), Wire.Error(410, "Expired"), Wire.Error(429, "TooManyRequests", 1), Wire.Bookmark(120), Wire.Added(Wire.Pod("é\\u00e9", 121)),
    ];

    private static readonly byte[][] Bits =
    [
        .. new[] { "\"", "{", "}", "[", "]", ",", ":", "\\", "\\ud800", "null", "0", "-", "1e999", "99999999999999999999", "\n", "\r\n", " ", "\0", "<html>", "\"type\":\"ADDED\",", "\"metadata\":" }
            .Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0x80],
    ];

    [Fact]
    public async Task AMutatedWatchStreamIsNeverAnUnexpectedExceptionNorASilentSkip()
    {
        var random = new Random(HostileRun.Seed(output));
        using var recorder = new MetricsRecorder();
        using var metrics = new GatewayMetrics(recorder);
        var channel = new Channel();
        var time = new ManualTimeProvider();
        using var api = new KubernetesApi(
            new ClusterConnection { BaseAddress = new Uri("http://127.0.0.1:1"), NeverUsesProxy = true, Channel = channel }, new KubernetesOptions(), metrics, time);
        var outcomes = new Dictionary<WatchOutcome, int>();
        for (var i = HostileRun.Count(small: 2_000, full: 100_000); i > 0; i--)
        {
            var stream = Mutate(random);
            channel.Body = stream;
            channel.Piece = random.Of(1, 7, 64, 4096, int.MaxValue);
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
            Logger = NullLogger.Instance,
        };
        var health = new InformerHealth<Pod>(context);
        var session = new WatchSession<Pod>(context, health, new Lister<Pod>(context, health), new ProgressProbe<Pod>(context, health));
        return session.RunAsync(null, false, TestContext.Current.CancellationToken).Within();
    }

    private static void Check(byte[] stream, ObjectStore<Pod> store, WatchEnd end, int told)
    {
        var (frames, isWhole) = Split(stream);
        var shown = $"{end} of {Encoding.Latin1.GetString(stream)}";
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
        string? expected;
        try
        {
            expected = Folded(frames.Take(end.Outcome == WatchOutcome.Disordered ? told - 1 : told));
            if (end.Outcome == WatchOutcome.Unreadable && expected is not null && stored != expected)
                expected = Folded(frames.Take(told - 1));
        }
        catch (InvalidOperationException)
        {
            // The platform's document cannot even compare names in it: no text.
            return;
        }

        if (expected is not null)
            stored.ShouldBe(expected, shown);
    }

    /// <summary>What the store has to hold after these frames; null where a name is no text, which two readers may show differently.</summary>
    private static string? Folded(IEnumerable<JsonElement> frames)
    {
        var objects = new Dictionary<string, ulong> { ["shop/a"] = 40, ["shop/b"] = 41 };
        var version = Listed;
        foreach (var frame in frames)
        {
            // Of a member that is there twice, readers may take either.
            if (HasDuplicates(frame))
                return null;
            var metadata = frame.GetProperty("object").GetProperty("metadata");
            if (!ulong.TryParse(Text(metadata, "resourceVersion"), out var at))
                return "a frame without a version";
            var ns = Text(metadata, "namespace");
            var key = new ObjectKey(ns, Text(metadata, "name")).ToString();
            if (key.Contains(NoText, StringComparison.Ordinal))
                return null;
            var type = Text(frame, "type");
            if (type != "BOOKMARK" && at <= version)
            {
                // Not the next change: known already, or the watch has to end.
                if (objects.TryGetValue(key, out var held) ? held < at : type != "DELETED")
                    return "a frame after a later one";
                continue;
            }

            switch (type)
            {
                case "ADDED" or "MODIFIED":
                    objects[key] = at;
                    break;
                case "DELETED":
                    objects.Remove(key);
                    break;
            }

            version = Math.Max(version, at);
        }

        return string.Join(' ', objects.Select(static entry => $"{entry.Key}@{entry.Value}").Order(StringComparer.Ordinal)) + $" at {version}";
    }

    private static bool HasDuplicates(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().GroupBy(static member => member.Name).Any(static group => group.Count() > 1)
            || value.EnumerateObject().Any(static member => HasDuplicates(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HasDuplicates),
        _ => false,
    };

    private static string Text(JsonElement parent, string name)
    {
        try
        {
            return parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return NoText;
        }
    }

    /// <summary>The whole JSON objects at the beginning, as the platform's own reader finds them.</summary>
    private static (List<JsonElement> Frames, bool IsWhole) Split(byte[] stream)
    {
        List<JsonElement> frames = [];
        var reader = new Utf8JsonReader(stream, new JsonReaderOptions { AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    return (frames, false);
                frames.Add(JsonElement.ParseValue(ref reader));
            }

            return (frames, true);
        }
        catch (JsonException)
        {
            return (frames, false);
        }
    }

    private static byte[] Mutate(Random random)
    {
        var frames = Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Of(Frames)).ToList();
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(string.Concat(frames))];
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

    private static Pod Decoded(string name, ulong version) =>
        new() { Metadata = new() { Namespace = "shop", Name = name, Uid = $"uid-{name}", Version = version } };

    private static double Events(MetricsRecorder recorder) =>
        new[] { "added", "modified", "deleted", "bookmark" }.Sum(type => recorder[$"registry.informer.events type={type}"]);

    private sealed class Channel : HttpMessageHandler
    {
        public byte[] Body { get; set; } = [];
        public int Piece { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new Pieces(Body, Piece)) });
    }

    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
