using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Gateway.Tests.Outages;

/// <summary>Tells a test how far the gateway is with a request that carries a header of the test's own. Requests write, the test reads.</summary>
internal sealed class WatchedCalls : IStartupFilter
{
    public const string Header = "X-Test-Call";

    private readonly ConcurrentDictionary<string, WatchedCall> _calls = new();

    public WatchedCall Of(string name) => _calls.GetOrAdd(name, static _ => new());

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            if (!context.Request.Headers.Remove(Header, out var name))
            {
                await following(context);
                return;
            }

            var call = Of(name.ToString());
            call.Begun.TrySetResult();
            await using var _ = context.RequestAborted.Register(() => call.HungUp.TrySetResult());
            try
            {
                await following(context);
            }
            finally
            {
                call.Ended.TrySetResult();
            }
        });
        next(app);
    };
}

internal sealed class WatchedCall
{
    /// <summary>Its headers have come.</summary>
    public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The gateway knows that its client is gone.</summary>
    public TaskCompletionSource HungUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The gateway knows that its client is gone, or has ended the call: what waits for the client may end before this hears of it.</summary>
    public Task NoticedAsync() => Task.WhenAny(HungUp.Task, Ended.Task).Within();
}
