using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Revisions;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>
/// Fills every key and channel that <see cref="RedisKeys"/> knows with what another program, a bug or a person may write: every type, any bytes, and
/// what looks nearly right. Decided by the seed alone, apart from the clock.
/// </summary>
internal sealed class RedisGarbage(RedisShell shell, Random random)
{
    private static readonly byte[][] Odd =
    [
        [], [0], [0xff, 0xfe], [0xed, 0xa0, 0x80], .. new[]
        {
            "soon", "yesterday", "x", "\n", "\n\n\n", "0", "1", "00", "-1", "-0", "1.5", "1e400", "9e18", "inf", "nan", "99999999999", "4294967296",
            "9007199254740993", "9223372036854775807", "18446744073709551616", "{\"app\":\"\\ud800\"}", "{\"services\":{\"\\udfff\":{}}}", "null", "[]", "{}",
            "metadata\nshop\nodd\nr1", "mapping\nshop\nodd\ncom.example.Odd", "mapping\n..\nodd\n", "0123456789abcdef\n1\n1 2147483647 2147483647",
            "0123456789abcdef\n1\n" + new string('a', 32) + " shop greeting AQ 9223372036854775807", new string('a', 16), new string('f', 32),
        }.Select(Encoding.UTF8.GetBytes),
        Encoding.UTF8.GetBytes(new string('[', 10_000)), new byte[1_000_000],
    ];

    private static readonly string[] Scores = ["0", "1", "-1", "inf", "-inf", "9e18", "-9e18", "1.5", "4503599627370497", "9007199254740993", "64", "150"];

    /// <summary>Every key, and every channel of these replicas. A new one cannot be forgotten: it is asked of the class that names them all.</summary>
    public static (IReadOnlyList<string> Keys, IReadOnlyList<string> Channels) Names(RevisionLayout layout, params string[] replicas)
    {
        const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly;
        List<string> keys = [], channels = [];
        foreach (var property in typeof(RedisKeys).GetProperties(Everything))
        {
            if (property.GetValue(RedisKeys.Default) is RedisKey key)
                keys.Add(((string?)key)!);
            else if (property.GetValue(RedisKeys.Default) is IReadOnlyList<RedisKey> several)
                keys.AddRange(several.Select(static one => (string)one!));
            else if (property.Name != nameof(RedisKeys.Prefix) && property.GetValue(RedisKeys.Default) is string channel)
                channels.Add(channel);
        }

        foreach (var method in typeof(RedisKeys).GetMethods(Everything).Where(static method => !method.IsSpecialName))
        {
            if (method.ReturnType == typeof(RedisKey))
                keys.Add(((string?)(RedisKey)method.Invoke(RedisKeys.Default, [layout.Fingerprint])!)!);
            else
                channels.AddRange(replicas.Select(replica => (string)method.Invoke(RedisKeys.Default, [replica])!));
        }

        return (keys, channels);
    }

    public async Task FillAsync(RevisionLayout layout, IEnumerable<string> keys, IEnumerable<string> channels)
    {
        if (random.Next(2) == 0)
        {
            await TryAsync(() => AlmostRightAsync(layout));
        }
        else
        {
            foreach (var key in keys)
                await TryAsync(() => FillAsync(key));
        }

        foreach (var channel in channels)
            await shell.Channels.PublishAsync(new RedisChannel(channel, RedisChannel.PatternMode.Literal), Value()).Within();
    }

    private static async Task TryAsync(Func<Task> fill)
    {
        try
        {
            await fill();
        }
        catch (RedisServerException)
        {
            // A replica has made the key its own again meanwhile.
        }
    }

    /// <summary>Keys as they should be, as if a replica had written them, apart from what stands in them.</summary>
    private async Task AlmostRightAsync(RevisionLayout layout)
    {
        await KeepTypeAsync(RedisKeys.Default.PostTimes, RedisType.Hash);
        await KeepTypeAsync(RedisKeys.Default.PostsNoted, RedisType.SortedSet);
        await KeepTypeAsync(RedisKeys.Default.Histories(layout.Fingerprint), RedisType.Hash);
        await KeepTypeAsync(RedisKeys.Default.State(layout.Fingerprint), RedisType.Hash);
        await KeepTypeAsync(RedisKeys.Default.ApplicationFacts, RedisType.Hash);
        await KeepTypeAsync(RedisKeys.Default.ApplicationDeadlines, RedisType.SortedSet);
        await KeepTypeAsync(RedisKeys.Default.ApplicationTurns, RedisType.SortedSet);
        await KeepTypeAsync(RedisKeys.Default.ApplicationTurn, RedisType.String);
        for (var i = 0; i < 5; i++)
        {
            var id = random.Next(2) == 0 ? Value() : (RedisValue)$"{random.Next():x32}";
            await shell.Database.HashSetAsync(RedisKeys.Default.PostTimes, id, Value()).Within();
            await shell.Database.SortedSetAddAsync(RedisKeys.Default.PostsNoted, id, RedisShell.Now).Within();
            await shell.Database.HashSetAsync(RedisKeys.Default.Histories(layout.Fingerprint), random.Next(4), Value()).Within();
            var fact = random.Next(4) == 0 ? Value() : (RedisValue)$"metadata\nshop\nodd\nr{random.Next(100)}";
            await shell.Database.HashSetAsync(RedisKeys.Default.ApplicationFacts, fact, Value()).Within();
            await shell.Database.SortedSetAddAsync(RedisKeys.Default.ApplicationDeadlines, fact, RedisShell.Now + 60_000).Within();
            var turn = (long)(await shell.Database.SortedSetLengthAsync(RedisKeys.Default.ApplicationTurns).Within()) + 1;
            await shell.Database.SortedSetAddAsync(RedisKeys.Default.ApplicationTurns, fact, turn).Within();
            await shell.Database.StringSetAsync(RedisKeys.Default.ApplicationTurn, turn).Within();
        }

        await shell.Database.HashSetAsync(RedisKeys.Default.State(layout.Fingerprint), [new("bytes", Value()), new("at", Value())]).Within();
    }

    private async Task KeepTypeAsync(RedisKey key, RedisType type)
    {
        if (await shell.Database.KeyTypeAsync(key).Within() != type)
            await shell.Database.KeyDeleteAsync(key).Within();
    }

    /// <summary>A state that begins rightly, then unpacks to gigabytes: some 50 MB that do not compress, and then what does.</summary>
    public async Task BombAsync(string key, string head)
    {
        using var bytes = new MemoryStream();
        using (var brotli = new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            brotli.Write(Encoding.ASCII.GetBytes(head + "\n"));
            var block = new byte[1 << 20];
            for (var i = 0; i < 50; i++)
            {
                random.NextBytes(block);
                brotli.Write(block);
            }

            block.AsSpan().Clear();
            for (var i = 0; i < 1024; i++)
                brotli.Write(block);
        }

        await shell.Database.KeyDeleteAsync(key).Within();
        await shell.Database.HashSetAsync(key, [new("bytes", bytes.ToArray()), new("at", RedisShell.Now)]).Within();
    }

    private async Task FillAsync(string key)
    {
        // Into what stands there, where that is possible; else in its place.
        var stands = (await shell.Database.KeyTypeAsync(key).Within()) switch
        {
            RedisType.Hash => "HSET",
            RedisType.SortedSet => "ZADD",
            RedisType.List => "RPUSH",
            RedisType.Set => "SADD",
            RedisType.String => "SET",
            _ => null,
        };
        string[] commands = ["SET", "HSET", "RPUSH", "SADD", "ZADD"];
        var command = stands is not null && random.Next(2) == 0 ? stands : commands[random.Next(commands.Length)];
        if (command != stands)
            await shell.Database.KeyDeleteAsync(key).Within();
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            RedisValue[] arguments = command switch
            {
                "HSET" => [key, await NameAsync(key), Value()],
                "ZADD" => [key, Score(), await NameAsync(key)],
                _ => [key, Value()],
            };
            await shell.RunAsync(command, arguments);
        }

        if (random.Next(3) == 0)
            await shell.RunAsync("PEXPIRE", key, random.Next(2) == 0 ? "9000000000000000" : "60000");
    }

    /// <summary>A field or member: one that stands there, or another.</summary>
    private async Task<RedisValue> NameAsync(string key)
    {
        RedisValue[] there = (await shell.Database.KeyTypeAsync(key).Within()) switch
        {
            RedisType.Hash => await shell.Database.HashKeysAsync(key).Within(),
            RedisType.SortedSet => await shell.Database.SortedSetRangeByRankAsync(key, 0, 20).Within(),
            _ => [],
        };
        return random.Next(2) == 0 && there.Length > 0 ? there[random.Next(there.Length)] : Value();
    }

    private RedisValue Score() => random.Next(3) == 0
        ? (RedisShell.Now + random.Next(-2000, 2000)).ToString(CultureInfo.InvariantCulture)
        : Scores[random.Next(Scores.Length)];

    private RedisValue Value()
    {
        if (random.Next(4) != 0)
            return Odd[random.Next(Odd.Length)];
        var noise = new byte[random.Next(64)];
        random.NextBytes(noise);
        return noise;
    }
}
