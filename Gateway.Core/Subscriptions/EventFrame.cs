using System.Buffers;
using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// The lines <c>event:</c> and <c>data:</c> of one event (the HTML standard, server-sent events), encoded once and shared by all streams
/// that send it. Kept in pieces, so that a large snapshot is never copied. The data is one line: JSON without line breaks.
/// </summary>
public sealed class EventFrame
{
    private static readonly ReadOnlyMemory<byte> SnapshotStart = "event: snapshot\ndata: "u8.ToArray();
    private static readonly ReadOnlyMemory<byte> True = "true"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> False = "false"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> LineEnd = "\n"u8.ToArray();

    internal static readonly EventFrame Stale = OfText("event: stale\ndata: {\"stale\":true}\n"u8);
    internal static readonly EventFrame Fresh = OfText("event: fresh\ndata: {\"stale\":false}\n"u8);
    internal static readonly EventFrame SyncedFresh = OfText("event: synced\ndata: {\"stale\":false}\n"u8);
    internal static readonly EventFrame SyncedStale = OfText("event: synced\ndata: {\"stale\":true}\n"u8);

    private SentId? _last;

    private EventFrame(ImmutableArray<ReadOnlyMemory<byte>> pieces) => Pieces = pieces;

    public ImmutableArray<ReadOnlyMemory<byte>> Pieces { get; }

    internal static EventFrame OfSnapshot(LookupBody body, bool isStale) =>
        new([SnapshotStart, body.Head, isStale ? True : False, body.Tail, LineEnd]);

    internal static EventFrame OfChange(ChangeKind kind, Instance instance, InstanceFormat form)
    {
        var buffer = new ArrayBufferWriter<byte>(640);
        buffer.Write(kind switch
        {
            ChangeKind.Added => "event: added\ndata: "u8,
            ChangeKind.Modified => "event: modified\ndata: "u8,
            _ => "event: removed\ndata: "u8,
        });
        form.WriteInstance(buffer, instance);
        buffer.Write("\n"u8);
        return new([buffer.WrittenSpan.ToArray()]);
    }

    internal static EventFrame OfGoaway(TimeSpan retryAfter)
    {
        var milliseconds = (long)retryAfter.TotalMilliseconds;
        // EventSource reconnects by itself after the time in the retry field; other clients read the data.
        return OfText(System.Text.Encoding.UTF8.GetBytes($"retry: {milliseconds}\nevent: goaway\ndata: {{\"retryAfterMs\":{milliseconds}}}\n"));
    }

    /// <param name="problem">A problem document as JSON without line breaks.</param>
    internal static EventFrame OfProblem(ReadOnlySpan<byte> problem) => OfText([.. "event: problem\ndata: "u8, .. problem, (byte)'\n']);

    /// <summary>The id of this event at that position: one text for all streams that send it at the same one, one after the other.</summary>
    internal string IdAt(in StreamPosition position)
    {
        if (Volatile.Read(ref _last) is { } last && last.Position == position)
            return last.Id;
        var id = position.ToString();
        Volatile.Write(ref _last, new SentId(position, id));
        return id;
    }

    private static EventFrame OfText(ReadOnlySpan<byte> text) => new([text.ToArray()]);

    private sealed record SentId(StreamPosition Position, string Id);
}

/// <summary>One event to send: its id, and its lines; streams that hold the same share both.</summary>
public readonly record struct StreamEvent(string Id, EventFrame Frame);
