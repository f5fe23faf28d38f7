using System.Collections.Concurrent;
using Gateway.Core.Supervision;

namespace Gateway.Tests.Hosting;

/// <summary>Runs loops as they are, and makes one of them throw when the test says so.</summary>
internal sealed class LoopFaults
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new();

    /// <summary>Loops that were run.</summary>
    public IReadOnlyCollection<string> Names => [.. _slots.Keys];

    public async Task RunAsync(BackgroundLoop loop, CancellationToken cancellationToken)
    {
        var slot = _slots.GetOrAdd(loop.Name, static _ => new Slot());
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        slot.Begin(failing);
        await loop.RunAsync(failing.Token);
        if (!cancellationToken.IsCancellationRequested)
            throw slot.Failure!;
    }

    /// <summary>Ends when the loop has begun for the first time.</summary>
    public Task BegunAsync(string name) => _slots.GetOrAdd(name, static _ => new Slot()).FirstBegun.Within();

    /// <summary>Fails the loop, and ends when it has begun again.</summary>
    public async Task FailAsync(string name, Exception failure)
    {
        var begunAgain = _slots[name].Fail(failure);
        await begunAgain.Within();
    }

    private sealed class Slot
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenSource? _current;
        private TaskCompletionSource? _begun;

        public Exception? Failure { get; private set; }

        public Task FirstBegun => _first.Task;

        public void Begin(CancellationTokenSource current)
        {
            lock (_gate)
            {
                _current = current;
                _begun?.TrySetResult();
            }

            _first.TrySetResult();
        }

        public Task Fail(Exception failure)
        {
            CancellationTokenSource current;
            lock (_gate)
            {
                Failure = failure;
                _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
                current = _current!;
            }

            current.Cancel();
            return _begun.Task;
        }
    }
}
