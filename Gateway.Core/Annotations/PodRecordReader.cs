using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Generic;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations;

/// <summary>
/// Reads all records in a pod's annotations, format by format; those of formats that <see cref="AnnotationOptions.Formats"/> leaves out are kept apart,
/// so that nothing serves them and it can be said why. Holds no state; safe for any number of callers.
/// </summary>
public sealed class PodRecordReader
{
    private readonly AnnotationOptions _options;
    private readonly string _ownKeys;
    private readonly ImmutableArray<IAnnotationFormat> _formats;
    private readonly ImmutableArray<IAnnotationFormat> _notRead;

    public PodRecordReader(AnnotationOptions options)
        : this(
            options,
            new NativeFormat(options), new DeclaredFormat(options), new DubboJavaFormat(), new DubboGoFormat(options), new GenericFormat(options))
    {
    }

    public PodRecordReader(AnnotationOptions options, params ReadOnlySpan<IAnnotationFormat> formats)
    {
        _options = options;
        _ownKeys = options.AnnotationPrefix + "/";
        _formats = [.. formats.ToArray().Where(format => options.Reads(format.Source))];
        _notRead = [.. formats.ToArray().Where(format => !options.Reads(format.Source))];
    }

    /// <summary>Whether records of that source are served.</summary>
    public bool Reads(InstanceSource source) => _options.Reads(source);

    public PodRecords Read(Pod pod)
    {
        if (pod.Metadata.Annotations.Count == 0)
            return PodRecords.None;

        var read = Read(pod, _formats);
        return _notRead.IsEmpty || Read(pod, _notRead) is var notRead && ReferenceEquals(notRead, PodRecords.None) ? read : read with { NotRead = notRead };
    }

    // Each with bounds of its own: what is not read takes no room from what is.
    private PodRecords Read(Pod pod, ImmutableArray<IAnnotationFormat> formats)
    {
        var found = new PodRecordsBuilder();
        foreach (var format in formats)
            Read(format, pod, found);
        return found.Build();
    }

    /// <summary>The key of the annotation in which such a record is.</summary>
    public string KeyOf(RegistrationRecord record) => record.Source == InstanceSource.Gateway ? _options.KeyOf(record.Id) : KeyOf(record.Source);

    private string KeyOf(InstanceSource source) => source switch
    {
        InstanceSource.Gateway => _ownKeys,
        InstanceSource.Declared => _options.DeclareKey,
        InstanceSource.DubboJava => DubboKeys.JavaAnnotation,
        InstanceSource.DubboGo => DubboKeys.GoAnnotation,
        _ => DubboKeys.GenericAnnotation,
    };

    /// <summary>A format that throws, by a bug, hides no other: what it would have read is reported as one unreadable record.</summary>
    private void Read(IAnnotationFormat format, Pod pod, PodRecordsBuilder found)
    {
        try
        {
            format.Read(pod, found);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            found.Add(new UnreadableRecord(format.Source, KeyOf(format.Source), null, $"the gateway failed to read it, by a bug ({failure.GetType().Name}); please report it"));
        }
    }

    /// <summary>Whether any format reads an annotation of this key; other annotations need not be kept.</summary>
    public bool KeepsKey(string annotationKey) =>
        annotationKey.StartsWith(_ownKeys, StringComparison.Ordinal)
        || annotationKey is DubboKeys.GoAnnotation or DubboKeys.GenericAnnotation or DubboKeys.JavaAnnotation
            or "kubectl.kubernetes.io/default-container";
}
