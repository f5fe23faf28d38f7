using Gateway.Core.Identity;
using Gateway.Tests.Support;

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
        Task<Gateway.Core.Refusals.Result<string>> AskAsync() => cache.GetAsync("token", ReviewAsync, CancellationToken.None);

        await AskAsync();
        time.Now += TimeSpan.FromSeconds(2);

        // Between this caller's look, which finds what has run out, and its call another one asks, is answered and is done.
        time.Interruption = () => Task.Run(AskAsync).Wait(Patience.Limit);
        (await AskAsync().Within()).Value.ShouldBe("answer 2");
        reviews.ShouldBe(2);
    }

    /// <summary>Something happens right after the time was read.</summary>
    private sealed class InterruptedTime : TimeProvider
    {
        private Action? _interruption;

        public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

        public Action? Interruption
        {
            set => _interruption = value;
        }

        public override DateTimeOffset GetUtcNow()
        {
            var now = Now;
            Interlocked.Exchange(ref _interruption, null)?.Invoke();
            return now;
        }
    }
}
