using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registration;

/// <summary>
/// An edit that stands at the API server: what it planned, the pod as the API server has it, whether a PATCH was needed for it, and what the
/// mirrors came to.
/// </summary>
internal sealed record PodWrite<T>(T Result, Pod Pod, bool HasWritten, PodPatch Patch)
    where T : class;
