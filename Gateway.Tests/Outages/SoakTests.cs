using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Registry.Projecting;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;
using Gateway.Tests.Replicas;

namespace Gateway.Tests.Outages;

/// <summary>
/// Steady churn, registrations of ever new names, streams that come and go, and faults of the API server and of Redis, all by one seed: lookups never
/// fail, and in the end cache, cluster and every subscriber agree. <c>GATEWAY_TEST_SOAK=30m</c> runs it longer, <c>20s</c> shorter; from two minutes on its heap may not grow;
/// <c>GATEWAY_TEST_SEED</c> repeats a run; <c>GATEWAY_TEST_SOAK_ENV=NAME=value;...</c> is given to the gateway. Its figures are shown by
/// <c>dotnet test --logger "console;verbosity=detailed"</c>, and stored in the file that <c>GATEWAY_TEST_SOAK_REPORT</c> names, where it is set.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Pods = 60;
    private const int Steady = 10;
    private const int Streams = 20;
    private const int Callers = 6;

    // The gateway shares label values that repeat through a table of 16,384: ever new ones would fill it during the whole of a short run.
    private const int LabelValues = 500;

    // Of new names, by each caller: with its removal, sixty writes a second in all.
    private static readonly TimeSpan BetweenNames = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BetweenPodChanges = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan BetweenLookups = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan BetweenFaults = TimeSpan.FromSeconds(1);

    // Long enough for the gateway to find that Redis hangs.
    private static readonly TimeSpan BetweenRedisFaults = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Default = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongEnoughForTheHeap = TimeSpan.FromMinutes(2);

    // From this length on the heap is judged without a margin. Dumps of a short run differed by 0.7 to 1 MB in pooled buffers alone, of a heap of
    // 8 MB; over six minutes it was flat (7.9, 8.6, 8.5 MB by thirds).
    private static readonly TimeSpan LongEnoughForBuffers = TimeSpan.FromMinutes(10);
    private const long BytesOfPooledBuffers = 1024 * 1024;

    // Until a removed service is forgotten it takes about this much, and no more than so many are remembered.
    private const long BytesOfRemovedService = 512;
    private const int MostRemovedServices = SnapshotBuilder.MaxTombstones;

    // What the gateway keeps up to a limit has to reach it within the first third: the history does with its five hundredth name, streams that may
    // resume after ten seconds.
    private static readonly (string, string)[] ReachedSoon = [("Registry:HistoryChanges", "1000"), ("Subscriptions:ResumeWindow", "00:00:10")];

    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentBag<string> _failures = [];
    private int _names;
    private int _lookups;
    private int _faults;
    private int _redisFaults;
    private int _failedLookups;

    [Fact]
    public async Task LookupsNeverFailAndEverybodyAgreesInTheEnd()
    {
        var length = Length();
        var seed = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"GATEWAY_TEST_SEED={seed}, {length}");
        await using var redis = await RedisUnderTest.StartAsync();
        await using var small = await SmallCluster.StartAsync();
        Fill(small);
        var heap = Path.GetTempFileName();
        await using var replica = await ReplicaProcess.StartAsync(small.Cluster.Url, [
            .. ReachedSoon, ("Redis:Configuration", redis.Configuration), ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location), (StartupHook.HeapVariable, heap), .. GivenSettings(),
        ]);
        for (var pod = 0; pod < Steady; pod++)
            await SendAsync(replica.Http, HttpMethod.Post, "/v1/registrations", new { @namespace = "shop", pod = NameOf(pod), service = "steady", port = 8080 });
        await replica.Http.LookUpUntilAsync("shop", "steady", static all => all.Count == Steady);
        var subscribers = Enumerable.Range(0, Streams).Select(static number => new RoamingSubscriber(
            number % 4 == 0 ? "/v1/watch?namespace=shop&status=any" : "/v1/namespaces/shop/services/steady/watch?status=any")).ToList();
        List<Task> work =
        [
            LookUpAsync(replica.Http), ChangePodsAsync(small, new Random(seed)), MakeTroubleAsync(small, new Random(seed + 1)),
            MakeTroubleAsync(new RedisTrouble(redis), new Random(seed + 3)),
            RoamAsync(subscribers, replica.Http, new Random(seed + 2)),
            .. Enumerable.Range(0, Callers).Select(caller => RegisterNamesAsync(replica.Http, caller)),
        ];
        var samples = SampleAsync(replica, heap);
        _over.CancelAfter(length);
        await Task.WhenAll(work);
        var taken = await samples;

        Report(taken);
        _failures.ShouldBeEmpty();
        _failedLookups.ShouldBe(0);
        _lookups.ShouldBeGreaterThan(100);
        await AgreeAsync(small, replica.Http, subscribers);
        if (length >= LongEnoughForTheHeap)
            HeapShouldNotGrow(taken, length >= LongEnoughForBuffers ? 0 : BytesOfPooledBuffers);
    }

    private static TimeSpan Length()
    {
        if (Environment.GetEnvironmentVariable("GATEWAY_TEST_SOAK") is not { Length: > 1 } text)
            return Default;
        var number = int.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
        return text[^1] == 'm' ? TimeSpan.FromMinutes(number) : TimeSpan.FromSeconds(number);
    }

    private static IEnumerable<(string, string)> GivenSettings() =>
        from setting in (Environment.GetEnvironmentVariable("GATEWAY_TEST_SOAK_ENV") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
        let parts = setting.Split('=', 2)
        select (parts[0], parts[1]);

    private static string NameOf(int pod) => $"pod-{pod}";

    private static void Fill(SmallCluster small)
    {
        small.Node("node-1", "zone-a");
        for (var pod = 0; pod < Pods; pod++)
        {
            small.Create(ResourceKinds.Pods, $$"""{"metadata":{"name":"{{NameOf(pod)}}","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"example/app:1"}]} }""");
            small.Cluster.Player.Run("shop", NameOf(pod), "node-1", [IPAddress.Parse($"10.0.0.{pod + 1}")]);
        }
    }

    /// <summary>Repeats what was answered with 429 or 503: everything is safe to repeat.</summary>
    private static async Task<JsonNode?> SendAsync(HttpClient http, HttpMethod method, string path, object? body)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await http.SendAsync(request).Within();
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
                continue;
            answer.IsSuccessStatusCode.ShouldBeTrue($"{method} {path}: {text}");
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
    }

    /// <summary>At this pace until the soak is over; what it throws is a failure of the soak.</summary>
    private async Task RepeatAsync(TimeSpan pace, Func<Task> act)
    {
        using var clock = new PeriodicTimer(pace);
        try
        {
            while (await clock.WaitForNextTickAsync(_over.Token))
                await act();
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            _failures.Add(failure.ToString());
        }
    }

    private Task LookUpAsync(HttpClient http) => RepeatAsync(BetweenLookups, async () =>
    {
        _lookups++;
        try
        {
            (await http.LookUpAsync("shop", "steady", "?status=any")).Count.ShouldBe(Steady);
        }
        catch (Exception failure)
        {
            // The soak goes on: how many fail is one of its figures.
            if (_failedLookups++ == 0)
                _failures.Add(failure.ToString());
        }
    });

    private Task RegisterNamesAsync(HttpClient http, int caller) => RepeatAsync(BetweenNames, async () =>
    {
        var name = $"service-{Interlocked.Increment(ref _names)}";
        var pod = NameOf(Steady + (caller * 8) + (_names % 8));
        var made = await SendAsync(http, HttpMethod.Post, "/v1/registrations", new { @namespace = "shop", pod, service = name, port = 8080, ttl = 60 });
        await SendAsync(http, HttpMethod.Delete, $"/v1/registrations/{made!["id"]}?namespace=shop&pod={pod}", null);
    });

    private Task ChangePodsAsync(SmallCluster small, Random random) => RepeatAsync(BetweenPodChanges, () =>
    {
        small.Change(ResourceKinds.Pods, NameOf(random.Next(Pods)), pod => pod["metadata"]!["labels"] = new JsonObject { ["touched"] = $"{random.Next(LabelValues)}" });
        return Task.CompletedTask;
    });

    private Task RoamAsync(List<RoamingSubscriber> subscribers, HttpClient http, Random random) => RepeatAsync(TimeSpan.FromMilliseconds(300), async () =>
    {
        var subscriber = subscribers[random.Next(subscribers.Count)];
        subscriber.ShouldBeKept();
        await subscriber.ConnectAsync(http, remember: random.Next(4) > 0);
    });

    private async Task MakeTroubleAsync(SmallCluster small, Random random)
    {
        var faults = small.Cluster.Faults;
        Action[] rows =
        [
            () => faults.CutWatches(_ => random.Next(2) == 0),
            () => faults.AnswerNext(3, 429),
            () => faults.AnswerNext(3, 500),
            () => faults.AnswerNext(2, 503),
            () => faults.LoseResponse(2, static request => request.Method == "PATCH"),
            () => faults.GarbleNextEvent(),
            () => faults.SplitBytes(random.Next(1, 4)),
            () =>
            {
                // Watches that continue from the lost history are 410.
                faults.ForgetHistory();
                faults.CutWatches();
            },
            () => faults.RefuseConnections(),
            () => faults.StallWatches(),
        ];
        var heals = false;
        await RepeatAsync(BetweenFaults, () =>
        {
            faults.Clear();
            faults.AcceptConnections();
            faults.ResumeWatches();
            heals = !heals;
            if (heals)
                return Task.CompletedTask;
            rows[random.Next(rows.Length)]();
            _faults++;
            return Task.CompletedTask;
        });
        faults.Clear();
        faults.AcceptConnections();
        faults.ResumeWatches();
    }

    /// <summary>One fault in two ticks; the other one ends it.</summary>
    private async Task MakeTroubleAsync(RedisTrouble redis, Random random)
    {
        Func<Task>[] rows = [redis.HangAsync, redis.DropClientsAsync, redis.FlushAsync, redis.RestartAsync];
        var heals = true;
        await RepeatAsync(BetweenRedisFaults, async () =>
        {
            await redis.HealAsync();
            heals = !heals;
            if (heals)
                return;
            await rows[random.Next(rows.Length)]();
            _redisFaults++;
        });
        await redis.HealAsync();
    }

    /// <summary>What survives a full collection of the gateway's process, and what the process takes.</summary>
    private async Task<List<Sample>> SampleAsync(ReplicaProcess replica, string heap)
    {
        List<Sample> samples = [];
        await RepeatAsync(BetweenSamples, () =>
        {
            using var process = Process.GetProcessById(replica.ProcessId);
            if (File.ReadLines(heap).LastOrDefault() is { } live && long.TryParse(live, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
                samples.Add(new(bytes, process.WorkingSet64, _names));
            return Task.CompletedTask;
        });
        File.Delete(heap);
        return samples;
    }

    /// <summary>What the cluster stores is what lookups answer and every subscriber holds, and nothing else is left of all the names.</summary>
    private static async Task AgreeAsync(SmallCluster small, HttpClient http, List<RoamingSubscriber> subscribers)
    {
        try
        {
            await UntilRedisAnswersAsync(http);

            // A fence: whatever else was told came before it.
            await SendAsync(http, HttpMethod.Post, "/v1/registrations", new { @namespace = "shop", pod = NameOf(0), service = "steady", port = 8080, weight = 4321 });
            var answered = await http.LookUpUntilAsync("shop", "steady", static all => all.Count == Steady && all.Any(static one => (int)one["weight"]! == 4321));
            var truth = answered.ToDictionary(static one => ("steady", (string)one["id"]!), static one => (string)one["revision"]!);
            answered.Select(static one => (string)one["id"]!).ShouldBe(ProcessLoad.Stored(small), ignoreOrder: true);
            answered.ShouldAllBe(static one => one.Status() == "UP");
            var services = (await http.GetJsonAsync("/v1/services?namespace=shop"))["items"]!.AsArray();
            services.Select(static one => (string)one!["name"]!).ShouldBe(["steady"]);
            foreach (var subscriber in subscribers)
            {
                if (!subscriber.IsConnected)
                    await subscriber.ConnectAsync(http, remember: true);
                await subscriber.UntilHoldsAsync(truth);
            }
        }
        finally
        {
            foreach (var subscriber in subscribers)
                await subscriber.DisposeAsync();
        }
    }

    private static async Task UntilRedisAnswersAsync(HttpClient http)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var ticks = new PeriodicTimer(BetweenLookups);
        while (await ticks.WaitForNextTickAsync(deadline.Token))
        {
            using var answer = await http.GetAsync("/v1/namespaces/shop/services/steady/instances", deadline.Token);
            if (!answer.Headers.Contains("X-Registry-Degraded"))
                return;
        }
    }

    private static List<List<Sample>> Thirds(List<Sample> samples)
    {
        var third = samples.Count / 3;
        return [.. Enumerable.Range(0, 3).Select(part => samples.Skip(part * third).Take(third).ToList())];
    }

    private void Report(List<Sample> samples)
    {
        List<string> lines = [];
        foreach (var (part, of) in Thirds(samples).Index())
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"third {part + 1}: live heap {Median(of) / 1048576.0:F2} MB by median, {of.Average(static one => one.Heap) / 1048576:F2} on average; resident {of.Average(static one => one.Resident) / 1048576:F0} MB on average, {of.Max(static one => one.Resident) / 1048576} at most; removed services {Remembered(of) / 1048576:F2} MB"));
        }

        lines.Add($"{_names} names, {_lookups} lookups of which {_failedLookups} failed, {_faults} faults of the API server, {_redisFaults} of Redis");
        lines.ForEach(output.WriteLine);
        if (Environment.GetEnvironmentVariable("GATEWAY_TEST_SOAK_REPORT") is { Length: > 0 } file)
            File.WriteAllLines(file, lines);
    }

    /// <summary>A burst that a collection meets is no growth, so the samples' median counts.</summary>
    private static long Median(List<Sample> samples) => samples.Select(static one => one.Heap).Order().ElementAt(samples.Count / 2);

    private static void HeapShouldNotGrow(List<Sample> samples, long margin)
    {
        var thirds = Thirds(samples);
        var remembered = Remembered(thirds[2]) - Remembered(thirds[1]);
        ((double)Median(thirds[2])).ShouldBeLessThan((1.05 * Median(thirds[1])) + remembered + margin);
    }

    /// <summary>The bytes that removed services take, which all names but a few are.</summary>
    private static double Remembered(List<Sample> samples) => BytesOfRemovedService * samples.Average(static one => Math.Min(one.Names, MostRemovedServices));

    /// <summary>What survived a collection, what the process took, and how many names there had been.</summary>
    private sealed record Sample(long Heap, long Resident, int Names);
}
