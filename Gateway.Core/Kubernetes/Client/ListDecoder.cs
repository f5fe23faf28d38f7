using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Decodes list items one at a time, the same from either format.</summary>
internal static class ListDecoder
{
    // Reporting progress at every item would cost more than it is worth.
    private const int ItemsPerSign = 64;

    public static async Task<KubernetesList<T>> ReadAsync<T>(AnswerFormat format, Stream body, int maxObjectBytes, ResourceType<T> type, DecodeContext context,
        Action onProgress, CancellationToken cancellationToken, Func<T, T>? share = null)
        where T : class, IKubernetesObject
    {
        using var parts = format.OpenList(body, maxObjectBytes, type);
        List<T> items = [];
        var unreadable = ImmutableArray.CreateBuilder<UnreadableItem>();
        var read = 0;
        (ulong Version, string Continue)? metadata = null;
        try
        {
            while (await parts.ReadAsync(cancellationToken))
            {
                if (++read % ItemsPerSign == 0)
                    onProgress();
                if (parts.IsItem)
                    Take(format.ReadItem(parts.Value.Span, type, context), items, unreadable, share);
                else if (parts.IsMetadata)
                    metadata = format.ReadListMetadata(parts.Value.Span);
            }
        }
        catch (Exception failure) when (format.IsUnreadable(failure))
        {
            throw new UnreadableFrameException($"The list of {type} cannot be read: {failure.Message}", failure);
        }

        if (metadata is not { Version: > 0 } found)
            throw new UnreadableFrameException($"The list of {type} has no version.");
        return new(items, found.Version, found.Continue) { Unreadable = unreadable.DrainToImmutable(), Encoding = format.Name };
    }

    private static void Take<T>(Decoded<T> decoded, List<T> items, ImmutableArray<UnreadableItem>.Builder unreadable, Func<T, T>? share)
        where T : class, IKubernetesObject
    {
        if (decoded.Object is not null)
            items.Add(share is null ? decoded.Object : share(decoded.Object));
        if (decoded.Failure is not null)
            unreadable.Add(new(decoded.Metadata?.Key, decoded.Failure));
    }
}
