using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Generic;

/// <summary>
/// The annotation <c>app.io/annotation</c>: base64 of key/value pairs without a specified layout. The reader accepts
/// <list type="bullet">
/// <item>keys <c>/any-root/service/providers/leaf</c> (and <c>consumers</c>), the URL in the leaf or else in the value: as in dubbo-go;</item>
/// <item>any other pair of which key or value is a URL with a port at an address of the pod: the service is the parameter
/// <c>interface</c>, else the pod's label <c>app</c>, else the path.</item>
/// </list>
/// All other pairs are free text: they are no instances and no faults, but metadata of the pod's other instances in this annotation, up to 64 pairs and
/// 8,192 characters.
/// </summary>
public sealed class GenericFormat(AnnotationOptions options) : IAnnotationFormat
{
    // Every record of the annotation gets a copy of them.
    private const int MaxFreePairs = 64;
    private const int MaxFreeLength = 8 * 1024;

    public InstanceSource Source => InstanceSource.Generic;

    public void Read(Pod pod, PodRecordsBuilder found)
    {
        if (!pod.Metadata.Annotations.TryGetValue(DubboKeys.GenericAnnotation, out var value))
            return;

        var records = new DubboRecordCollector(pod, Source, DubboKeys.GenericAnnotation, options.AllowForeignAddresses);
        var entries = KeyValueList.Decode(value, out var fault);
        if (fault is not null)
            records.Refuse(fault);

        var free = FreePairs(entries, records);
        foreach (var entry in entries)
        {
            if (entry.Fault is not null)
                records.Refuse(entry.Place, entry.Fault);
            else if (DubboKeyPath.Parse(entry.Key) is { } path)
                ReadLeaf(entry, path, free, records);
            else if (FreeUrl(entry, records) is { } url)
                records.AddProvider(entry.Place, WithMetadata(url, free), ServiceOf(url, pod));
        }

        records.Finish(found);
    }

    private static void ReadLeaf(KeyValueEntry entry, DubboKeyPath path, ImmutableSortedDictionary<string, string> free, DubboRecordCollector records)
    {
        if ((DubboLeaf.Parse(path.Leaf, out var reason) ?? DubboUrl.Parse(entry.Value)) is not { } url)
            records.Refuse(entry.Place, reason);
        else if (path.IsConsumer)
            records.AddConsumer(entry.Place, url, path.Service);
        else
            records.AddProvider(entry.Place, WithMetadata(url, free), path.Service);
    }

    private static string ServiceOf(DubboUrl url, Pod pod) =>
        pod.Metadata.Labels.TryGetValue("app", out var app) && app.Length > 0 ? app : url.Path;

    // A URL with another address (a home page, a database) is free text.
    private static DubboUrl? FreeUrl(KeyValueEntry entry, DubboRecordCollector records)
    {
        var url = DubboLeaf.Parse(entry.Value, out _) ?? DubboLeaf.Parse(entry.Key, out _);
        return url is { Port: not null } && records.IsOwnAddress(url.Host) ? url : null;
    }

    private static ImmutableSortedDictionary<string, string> FreePairs(ImmutableArray<KeyValueEntry> entries, DubboRecordCollector records)
    {
        var pairs = RegistrationRecord.NoMetadata.ToBuilder();
        var left = MaxFreeLength;
        foreach (var entry in entries)
        {
            // Directories have no value.
            if (entry.Key.Length == 0 || entry.Value.Length == 0 || DubboKeyPath.Parse(entry.Key) is not null || FreeUrl(entry, records) is not null)
                continue;
            left -= entry.Key.Length + entry.Value.Length;
            if (left < 0 || (pairs.Count == MaxFreePairs && !pairs.ContainsKey(entry.Key)))
            {
                records.Refuse(entry.Place, $"is more free text than is shown: {MaxFreePairs} pairs and {MaxFreeLength} characters");
                break;
            }

            pairs[entry.Key] = entry.Value;
        }

        // A free pair with the name of the gateway's mark must not make a foreign record look like the gateway's own.
        pairs.Remove(DubboKeys.OwnId);
        return pairs.ToImmutable();
    }

    // The URL's own parameters win. Pairs that would be read as part of the record's key are left out.
    private static DubboUrl WithMetadata(DubboUrl url, ImmutableSortedDictionary<string, string> free)
    {
        if (free.IsEmpty)
            return url;
        var parameters = url.Parameters.ToBuilder();
        foreach (var (name, value) in free)
        {
            var isOfTheKey = name is "interface" or "group" or "version" or "timestamp" or "weight";
            if (!isOfTheKey && !name.StartsWith("default.", StringComparison.Ordinal))
                parameters.TryAdd(name, value);
        }

        return url with { Parameters = parameters.ToImmutable() };
    }
}
