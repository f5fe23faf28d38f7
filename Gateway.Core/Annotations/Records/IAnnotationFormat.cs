using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Records;

/// <summary>Reads one format of records from a pod's annotations. Never throws, whatever a pod contains.</summary>
public interface IAnnotationFormat
{
    /// <summary>The source of its records.</summary>
    InstanceSource Source { get; }

    /// <summary>Adds every readable record to <paramref name="found"/>, and every other to its unreadable ones.</summary>
    void Read(Pod pod, PodRecordsBuilder found);
}
