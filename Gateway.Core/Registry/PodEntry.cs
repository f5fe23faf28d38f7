using Gateway.Core.Annotations;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>A pod as folded into a snapshot, with all that its annotations say.</summary>
public sealed record PodEntry(Pod Pod, PodRecords Records);
