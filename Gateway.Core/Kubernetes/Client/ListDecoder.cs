using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Decodes list items one at a time.</summary>
internal static class ListDecoder
{
    // Reporting progress at every item would cost more than it is worth.
    private const int ItemsPerSign = 64;

    public static async Task<KubernetesList<T>> ReadAsync<T>(Stream body, int maxObjectBytes, ResourceType<T> type, DecodeContext context,
        Action onProgress, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        using var bytes = new JsonByteStream(body, maxObjectBytes);
        var members = new ListMemberReader(bytes);
        List<T> items = [];
        var unreadable = ImmutableArray.CreateBuilder<UnreadableItem>();
        var read = 0;
        (ulong Version, string Continue)? metadata = null;
        try
        {
            while (await members.ReadAsync(cancellationToken))
            {
                if (++read % ItemsPerSign == 0)
                    onProgress();
                if (members.IsItem)
                    Take(LenientDecoder.Read(members.Value.Span, type, context), items, unreadable);
                else if (members.Name == "metadata")
                    metadata = ReadMetadata(members.Value.Span);
            }
        }
        catch (Exception failure) when (JsonReading.IsUnreadable(failure))
        {
            throw new UnreadableFrameException($"The list of {type} cannot be read: {failure.Message}", failure);
        }

        if (metadata is not { Version: > 0 } found)
            throw new UnreadableFrameException($"The list of {type} has no version.");
        return new(items, found.Version, found.Continue) { Unreadable = unreadable.DrainToImmutable() };
    }

    private static void Take<T>(LenientDecoder.Decoded<T> decoded, List<T> items, ImmutableArray<UnreadableItem>.Builder unreadable)
        where T : class, IKubernetesObject
    {
        if (decoded.Object is not null)
            items.Add(decoded.Object);
        if (decoded.Failure is not null)
            unreadable.Add(new(decoded.Metadata?.Key, decoded.Failure));
    }

    private static (ulong Version, string Continue) ReadMetadata(ReadOnlySpan<byte> value)
    {
        ulong version = 0;
        var next = "";
        var reader = new Utf8JsonReader(value);
        reader.Read();
        if (!reader.IsObject())
            return default;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
                version = reader.ReadVersion();
            else if (reader.ValueTextEquals("continue"u8))
                next = reader.ReadText() ?? "";
            else
                reader.Skip();
        }

        return (version, next);
    }
}
