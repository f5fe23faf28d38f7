using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Records;

/// <summary>Reads one format of records from a pod's annotations. Should never throw, whatever a pod contains; its reader isolates what does.</summary>
public interface IAnnotationFormat
{
    /// <summary>The source of its records.</summary>
    InstanceSource Source { get; }

    /// <summary>Adds every readable record to <paramref name="found"/>, and every other to its unreadable ones.</summary>
    void Read(Pod pod, PodRecordsBuilder found);
}
