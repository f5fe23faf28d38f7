using Gateway.Core.Annotations;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>A pod as folded into a snapshot, with all records in its annotations.</summary>
public sealed record PodEntry(Pod Pod, PodRecords Records);
