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
    private readonly byte[] _fresh;
    private readonly int _head;

    internal LookupBody(ServiceSnapshot service, LookupView view)
    {
        var buffer = new ArrayBufferWriter<byte>(512 + (512 * view.Instances.Length));
        WriteHead(buffer, service, view.Form);
        _head = buffer.WrittenCount;
        buffer.Write(Stale(false));
        view.Form.WriteTail(buffer, service, view);
        buffer.Write("}"u8);
        _fresh = buffer.WrittenSpan.ToArray();
        ETag = Hash(service, Tail.Span);
    }

    /// <summary>Weak, with its quotes; a hash of the answer without revision and stale, hence equal on every replica.</summary>
    public string ETag { get; }

    /// <summary>The whole answer while it is not stale.</summary>
    public ReadOnlyMemory<byte> Fresh => _fresh;

    /// <summary>The bytes before the value of <c>stale</c>, for writers that send the body in pieces.</summary>
    public ReadOnlyMemory<byte> Head => _fresh.AsMemory(0, _head);

    /// <summary>The bytes after the value of <c>stale</c>.</summary>
    public ReadOnlyMemory<byte> Tail => _fresh.AsMemory(_head + Stale(false).Length);

    public int Length(bool stale) => _fresh.Length - Stale(false).Length + Stale(stale).Length;

    public void WriteTo(IBufferWriter<byte> output, bool stale)
    {
        output.Write(Head.Span);
        output.Write(Stale(stale));
        output.Write(Tail.Span);
    }

    private static ReadOnlySpan<byte> Stale(bool stale) => stale ? "true"u8 : "false"u8;

    private static void WriteHead(ArrayBufferWriter<byte> buffer, ServiceSnapshot service, InstanceFormat form)
    {
        using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
        {
            writer.WriteStartObject();
            form.WriteName(writer, service);
            writer.WriteString("revision"u8, service.Revision.ToString());
        }

        buffer.Write(",\"stale\":"u8);
    }

    private static string Hash(ServiceSnapshot service, ReadOnlySpan<byte> tail)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{service.Key.Namespace}\n{service.Key.Name}\n{(service.IsEmpty ? "" : "known")}\n"));
        hash.AppendData(tail);
        return $"W/\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}\"";
    }
}
