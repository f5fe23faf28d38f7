namespace Gateway.Tests.Conformance;

/// <summary>An open watch, read event by event.</summary>
public sealed class WatchStream(HttpResponseMessage answer, StreamReader lines) : IAsyncDisposable
{
    public int Status => (int)answer.StatusCode;

    /// <summary>The next event; null once the server has ended the watch.</summary>
    public async Task<WatchedChange?> NextAsync(CancellationToken token)
    {
        var line = await lines.ReadLineAsync(token).AsTask().WaitAsync(Patience.Limit, token);
        if (line is null)
        {
            return null;
        }

        var change = KubernetesJson.Parse(line);
        return new WatchedChange(change.Text("type")!, change["object"]!.AsObject());
    }

    /// <summary>The next event, bookmarks left out.</summary>
    public async Task<WatchedChange> NextChangeAsync(CancellationToken token)
    {
        while (true)
        {
            var change = (await NextAsync(token)).ShouldNotBeNull("the watch ended");
            if (change.Type != "BOOKMARK")
            {
                return change;
            }
        }
    }

    /// <summary>All that is still to come, up to the end that the server sets.</summary>
    public async Task<List<WatchedChange>> RestAsync(CancellationToken token)
    {
        var changes = new List<WatchedChange>();
        while (await NextAsync(token) is { } change)
        {
            changes.Add(change);
        }

        return changes;
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        answer.Dispose();
        return ValueTask.CompletedTask;
    }
}
