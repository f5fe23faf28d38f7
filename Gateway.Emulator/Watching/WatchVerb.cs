using Gateway.Emulator.Failures;
using Gateway.Emulator.Http;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>Serves one watch from its first event to its end.</summary>
internal sealed class WatchVerb(EmulatedCluster cluster)
{
    // The real server's min-request-timeout; the actual timeout is random up to twice that, so that clients do not all reconnect at once.
    private const int LeastTimeoutSeconds = 1800;

    public async Task HandleAsync(ApiRequest request)
    {
        var options = ListOptions.Parse(request, cluster.Options.WatchList);
        var form = Negotiation.For(request.Context.Request);
        var cancellationToken = request.Context.RequestAborted;
        var frames = new FrameWriter(request.Context.Response, request.Observed, cluster.Faults, form, cluster.Time);
        Answers.Warn(request);

        ObjectSet? initial = null;
        ChangeReader? reader;
        if (options.Version is null or 0 || options.SendsInitialEvents)
        {
            if (options.Version > cluster.Storage.Version)
                throw ApiFailure.VersionTooLarge(options.Version.Value, cluster.Storage.Version);
            (initial, reader) = cluster.Storage.ListAndFollow(request.Kind);
        }
        else
        {
            reader = cluster.Storage.TryFollow(request.Kind, options.Version.Value);
        }
        using var following = reader;

        // The clock starts before the headers are sent: a test that moves time once it has the headers moves this watch's time too.
        var timeout = TimeSpan.FromSeconds(options.TimeoutSeconds ?? Random.Shared.Next(LeastTimeoutSeconds, 2 * LeastTimeoutSeconds));
        using var clock = reader is null ? null : new WatchClock(cluster.Time, reader, timeout, options.WantsBookmarks ? cluster.Options.BookmarkInterval : null);
        Answers.Begin(request.Context.Response, 200, form.IsProtobuf ? ProtobufAnswer.WatchMediaType : "application/json");

        // A client waits for the headers before it does anything else; an idle watch has nothing else to send.
        await request.Context.Response.BodyWriter.FlushAsync(cancellationToken);
        if (reader is null || clock is null)
        {
            var compacted = cluster.Storage.CompactedUpTo(request.Kind);
            frames.AddError(ApiFailure.Expired($"too old resource version: {options.Version} ({compacted})").ToStatus());
            await frames.FlushAsync(cancellationToken);
            return;
        }
        await SendInitialAsync(request, options, initial, reader.Version, frames);
        await FollowAsync(request, options, reader, clock, frames);
    }

    private async Task SendInitialAsync(ApiRequest request, ListOptions options, ObjectSet? initial, long version, FrameWriter frames)
    {
        if (initial is null)
            return;
        await cluster.Faults.StallAsync(request.Observed, request.Context.RequestAborted);
        foreach (var item in initial.In(options.Selector.Namespace).Where(options.Selector.Matches))
        {
            frames.Add(new WatchEvent(ChangeType.Added, item));
            if (frames.IsLarge)
                await frames.FlushAsync(request.Context.RequestAborted);
        }
        if (options.SendsInitialEvents && options.WantsBookmarks)
            frames.AddBookmark(request.Kind, version, endsInitialEvents: true);
        await frames.FlushAsync(request.Context.RequestAborted);
    }

    private async Task FollowAsync(ApiRequest request, ListOptions options, ChangeReader reader, WatchClock clock, FrameWriter frames)
    {
        var cancellationToken = request.Context.RequestAborted;
        var from = reader.Version;
        while (true)
        {
            await cluster.Faults.StallAsync(request.Observed, cancellationToken);

            // Read before the changes: every event up to this version is then among them.
            var reached = cluster.Storage.CacheVersion(request.Kind, request.Server);

            // A watcher that is too slow for the history is dropped, as the real server drops one whose buffer is full.
            if (reader.Read() is not { } changes)
                return;
            foreach (var change in changes)
            {
                if (WatchEvent.Of(change, options.Selector) is { } item)
                    frames.Add(item);
                if (frames.IsLarge)
                    await frames.FlushAsync(cancellationToken);
            }
            if (clock.TakeBookmark() && reached > from)
                frames.AddBookmark(request.Kind, reached, endsInitialEvents: false);
            await frames.FlushAsync(cancellationToken);
            if (clock.HasEnded)
                return;
            await reader.WaitAsync(cancellationToken);
        }
    }
}
