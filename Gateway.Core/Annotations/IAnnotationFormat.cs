using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations;

/// <summary>Reads one format of records from a pod's annotations. Never throws for what a pod holds.</summary>
public interface IAnnotationFormat
{
    InstanceSource Source { get; }

    /// <summary>Adds every record found to <paramref name="found"/>, every record that cannot be read to its unreadable ones.</summary>
    void Read(Pod pod, PodRecordsBuilder found);
}
