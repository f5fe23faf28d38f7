using System.Buffers;
using System.Text.Json.Nodes;
using Gateway.Emulator.FaultInjection;
using Gateway.Emulator.Http;
using Gateway.Emulator.Printing;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>
/// Writes a watch's events, one JSON object a line, in the requested view and with the armed faults. One watch, one writer.
/// </summary>
internal sealed class FrameWriter(HttpResponse response, ObservedRequest observed, Faults faults, ObjectView view, TimeProvider time)
{
    private readonly ArrayBufferWriter<byte> _frames = new(16 * 1024);
    private bool _sentColumns;
    private WatchEvent? _late;

    public void Add(WatchEvent item)
    {
        if (faults.Drops(observed))
            return;
        if (faults.Garbles(observed))
        {
            _frames.Write("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"name\":\"\u0001garbled\n"u8);
            return;
        }
        if (_late is null && faults.Delays(observed))
        {
            _late = item;
            return;
        }

        Write(item);
        if (faults.Repeats(observed))
            Write(item);
        if (_late is { } late)
        {
            _late = null;
            Write(late);
        }
    }

    public void AddBookmark(ResourceKind kind, long version, bool endsInitialEvents)
    {
        Begin("BOOKMARK"u8);
        _frames.Write(ObjectOrder.Serialize(Bookmark.Of(kind, version, view, endsInitialEvents, time.GetUtcNow())));
        _frames.Write("}\n"u8);
    }

    public void AddError(JsonObject status)
    {
        Begin("ERROR"u8);
        _frames.Write(ObjectOrder.Serialize(status));
        _frames.Write("}\n"u8);
    }

    public bool IsLarge => _frames.WrittenCount > 256 * 1024;

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var pieces = faults.Pieces > 0 ? faults.Pieces : Math.Max(1, _frames.WrittenCount);
        for (var at = 0; at < _frames.WrittenCount; at += pieces)
        {
            await response.BodyWriter.WriteAsync(_frames.WrittenMemory.Slice(at, Math.Min(pieces, _frames.WrittenCount - at)), cancellationToken);
            await response.BodyWriter.FlushAsync(cancellationToken);
        }
        _frames.ResetWrittenCount();
    }

    private void Write(WatchEvent item)
    {
        Begin(item.Type switch { ChangeType.Added => "ADDED"u8, ChangeType.Modified => "MODIFIED"u8, _ => "DELETED"u8 });
        switch (view)
        {
            case ObjectView.Full:
                _frames.Write(item.Object.Utf8.Span);
                break;
            case ObjectView.PartialMetadata:
                _frames.Write(PartialMetadata.Of(item.Object));
                break;
            default:
                _frames.Write(ObjectOrder.Serialize(Table(item.Object)));
                break;
        }
        _frames.Write("}\n"u8);
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        _frames.Write("{\"type\":\""u8);
        _frames.Write(type);
        _frames.Write("\",\"object\":"u8);
    }

    private JsonObject Table(StoredObject item)
    {
        var now = time.GetUtcNow();
        if (_sentColumns)
            return TablePrinter.PrintWithoutColumns(item.Kind, [item], item.Version, now);
        _sentColumns = true;
        return TablePrinter.Print(item.Kind, [item], item.Version, now);
    }
}
