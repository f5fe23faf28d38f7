using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry;

/// <summary>
/// A whole lookup answer, encoded once: <c>{namespace, service, known, revision, stale, fallback, instances}</c>, or as its form defines it. Split
/// around the value of <c>stale</c>, the only member that changes without the service. Immutable; written to any number of connections.
/// </summary>
public sealed class LookupBody
{
    private readonly byte[] _head;
    private readonly byte[] _tail;

    internal LookupBody(ServiceSnapshot service, LookupView view)
    {
        _head = EncodeHead(service, view.Form);
        _tail = EncodeTail(service, view);
        ETag = Hash(service, _tail);
    }

    /// <summary>Weak, with its quotes; a hash of the answer without revision and stale, hence equal on every replica.</summary>
    public string ETag { get; }

    /// <summary>The bytes before the value of <c>stale</c>, for writers that send the body in pieces.</summary>
    public ReadOnlyMemory<byte> Head => _head;

    /// <summary>The bytes after the value of <c>stale</c>.</summary>
    public ReadOnlyMemory<byte> Tail => _tail;

    public int Length(bool stale) => _head.Length + Stale(stale).Length + _tail.Length;

    public void WriteTo(IBufferWriter<byte> output, bool stale)
    {
        output.Write(_head);
        output.Write(Stale(stale));
        output.Write(_tail);
    }

    private static ReadOnlySpan<byte> Stale(bool stale) => stale ? "true"u8 : "false"u8;

    private static byte[] EncodeHead(ServiceSnapshot service, InstanceFormat form)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
        {
            writer.WriteStartObject();
            form.WriteName(writer, service);
            writer.WriteString("revision"u8, service.Revision.ToString());
        }

        buffer.Write(",\"stale\":"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] EncodeTail(ServiceSnapshot service, LookupView view)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (512 * view.Instances.Length));
        view.Form.WriteTail(buffer, service, view);
        buffer.Write("}"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Hash(ServiceSnapshot service, byte[] tail)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{service.Key.Namespace}\n{service.Key.Name}\n{(service.IsEmpty ? "" : "known")}\n"));
        hash.AppendData(tail);
        return $"W/\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}\"";
    }
}
