using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// The annotation <c>dubbo.io/annotation</c> of dubbo-go 1.4, 1.5 and 3.0 release candidates: each leaf below <c>providers</c> is a record,
/// each below <c>consumers</c> a consumer; directories are ignored. So is the label: its values differ between versions.
/// </summary>
public sealed class DubboGoFormat(AnnotationOptions options) : IAnnotationFormat
{
    public InstanceSource Source => InstanceSource.DubboGo;

    public void Read(Pod pod, PodRecordsBuilder found)
    {
        if (!pod.Metadata.Annotations.TryGetValue(DubboKeys.GoAnnotation, out var value))
            return;

        var records = new DubboRecordCollector(pod, Source, DubboKeys.GoAnnotation, options.AllowForeignAddresses);
        var entries = KeyValueList.Decode(value, out var fault);
        if (fault is not null)
            records.Refuse(fault);
        foreach (var entry in entries)
        {
            if (entry.Fault is not null)
                records.Refuse(entry.Place, entry.Fault);
            else if (DubboKeyPath.Parse(entry.Key) is { } path)
                ReadLeaf(entry, path, records);
        }

        records.Finish(found);
    }

    private static void ReadLeaf(KeyValueEntry entry, DubboKeyPath path, DubboRecordCollector records)
    {
        if (DubboLeaf.Parse(path.Leaf, out var reason) is not { } url)
        {
            records.Refuse(entry.Place, reason);
            return;
        }

        // The path may be the short name of a reference; a consumer watches the service in its key.
        if (path.IsConsumer)
            records.AddConsumer(entry.Place, url, path.Service);
        else
            records.AddProvider(entry.Place, url, url.Path.Length > 0 ? url.Path : path.Service);
    }
}
