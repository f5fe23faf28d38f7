using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>A way to find objects by something other than their name; <paramref name="Values"/> must depend on the object alone.</summary>
public sealed record ObjectIndex<T>(string Name, Func<T, ImmutableArray<string>> Values)
    where T : class, IKubernetesObject;
