using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.FaultInjection;
using Gateway.Emulator.Http;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Printing;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>
/// Writes a watch's events in the requested form and with the armed faults: as JSON one object a line, as protobuf each message after its
/// length. One watch, one writer.
/// </summary>
internal sealed class FrameWriter(HttpResponse response, ObservedRequest observed, Faults faults, Representation form, TimeProvider time)
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
            Garble();
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

    public void AddBookmark(ResourceKind kind, long version, bool endsInitialEvents) =>
        Add("BOOKMARK", Bookmark.Of(kind, version, form.View, endsInitialEvents, time.GetUtcNow()));

    public void AddError(JsonObject status) => Add("ERROR", status);

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
        var type = item.Type switch { ChangeType.Added => "ADDED", ChangeType.Modified => "MODIFIED", _ => "DELETED" };
        if (form.IsProtobuf)
            AddProtobuf(type, ProtobufAnswer.Of(item.Object, form.View));
        else
            AddJson(type, JsonOf(item.Object));
    }

    private void Add(string type, JsonObject content)
    {
        if (form.IsProtobuf)
            AddProtobuf(type, ProtobufAnswer.Of(content));
        else
            AddJson(type, ObjectOrder.Serialize(content));
    }

    private void AddJson(string type, ReadOnlyMemory<byte> content)
    {
        _frames.Write(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"));
        _frames.Write(content.Span);
        _frames.Write("}\n"u8);
    }

    // A meta.v1.WatchEvent: the type, then a RawExtension that holds the object with its envelope.
    private void AddProtobuf(string type, ReadOnlySpan<byte> content)
    {
        var writer = new WireWriter();
        writer.WriteBytes(1, content);
        writer.CloseMessage(2, 0);
        writer.WriteText(1, type);
        AddFrame(writer.ToArray());
    }

    private void AddFrame(ReadOnlySpan<byte> message)
    {
        BinaryPrimitives.WriteInt32BigEndian(_frames.GetSpan(sizeof(int)), message.Length);
        _frames.Advance(sizeof(int));
        _frames.Write(message);
    }

    private void Garble()
    {
        var garbage = "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"name\":\"\u0001garbled\n"u8;
        if (form.IsProtobuf)
            AddFrame(garbage);
        else
            _frames.Write(garbage);
    }

    private ReadOnlyMemory<byte> JsonOf(StoredObject item) => form.View switch
    {
        ObjectView.Full => item.Utf8,
        ObjectView.PartialMetadata => PartialMetadata.Of(item),
        _ => ObjectOrder.Serialize(Table(item)),
    };

    private JsonObject Table(StoredObject item)
    {
        var now = time.GetUtcNow();
        if (_sentColumns)
            return TablePrinter.PrintWithoutColumns(item.Kind, [item], item.Version, now);
        _sentColumns = true;
        return TablePrinter.Print(item.Kind, [item], item.Version, now);
    }
}
