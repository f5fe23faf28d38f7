using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Tests.Identity;

public sealed class ReviewCacheTests
{
    [Fact]
    public async Task WhoeverLookedBeforeAnotherWasAnsweredAsksNobodyAgain()
    {
        var time = new InterruptedTime();
        var cache = new ReviewCache<string>(10, time);
        var reviews = 0;
        Task<Review<string>> ReviewAsync() => Task.FromResult(new Review<string>($"answer {++reviews}", time.Now + TimeSpan.FromSeconds(1)));
        Task<Gateway.Core.Results.Result<string>> AskAsync() => cache.GetAsync("token", ReviewAsync, CancellationToken.None);

        await AskAsync();
        time.Now += TimeSpan.FromSeconds(2);

        // Between this caller's look, which finds what has run out, and its call another one asks, is answered and is done.
        time.Interruption = () => Task.Run(AskAsync).Wait(Patience.Limit);
        (await AskAsync().Within()).Value.ShouldBe("answer 2");
        reviews.ShouldBe(2);
    }

    [Fact]
    public async Task WhatWasAcceptedIsRecalledUntilItsOwnTimeAndOutlastsAnyNumberOfRefusals()
    {
        var time = new ManualTimeProvider();
        var cache = new ReviewCache<string>(16, time);
        for (var i = 0; i < 8; i++)
            await KeepAsync($"accepted {i}", new Review<string>("yes", In(1), In(60)));
        for (var i = 0; i < 1_000; i++)
            await KeepAsync($"refused {i}", new Review<string>(new Refusal("no", "no"), In(1)));
        Enumerable.Range(0, 8).ShouldAllBe(i => Recalled(cache, $"accepted {i}") == "yes");
        Recalled(cache, "refused 999").ShouldBeNull();

        time.Advance(TimeSpan.FromSeconds(59));
        cache.TryGet("accepted 0", out _).ShouldBeFalse("it is believed for a second");
        Recalled(cache, "accepted 0").ShouldBe("yes");
        await KeepAsync("accepted 0", new Review<string>(new Refusal("no", "no"), In(1)));
        Recalled(cache, "accepted 0").ShouldBeNull("the latest answer counts");
        time.Advance(TimeSpan.FromSeconds(1));
        Recalled(cache, "accepted 1").ShouldBeNull();

        DateTimeOffset In(int seconds) => time.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        Task KeepAsync(string key, Review<string> review) => cache.GetAsync(key, () => Task.FromResult(review), CancellationToken.None).Within();
    }

    [Fact]
    public async Task AnAnswerThatIsNotKeptLeavesWhatWasRecalled()
    {
        var time = new ManualTimeProvider();
        var cache = new ReviewCache<string>(16, time);
        await cache.GetAsync("a", () => Task.FromResult(new Review<string>("yes", time.GetUtcNow() + TimeSpan.FromSeconds(1), DateTimeOffset.MaxValue)), CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(1));
        await cache.GetAsync("a", static () => Task.FromResult(new Review<string>(new Refusal("away", "away"), default)), CancellationToken.None);
        Recalled(cache, "a").ShouldBe("yes");
    }

    /// <summary>Something happens right after the time was read.</summary>
    private static string? Recalled(ReviewCache<string> cache, string key) => cache.TryRecall(key, out var accepted) ? accepted : null;

    private sealed class InterruptedTime : TimeProvider
    {
        private Action? _interruption;

        public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

        public Action? Interruption
        {
            set => _interruption = value;
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp()
        {
            var now = Now.UtcTicks;
            Interlocked.Exchange(ref _interruption, null)?.Invoke();
            return now;
        }
    }
}
