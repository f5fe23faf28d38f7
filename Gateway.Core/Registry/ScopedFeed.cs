using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>The changes of one kind in one watched namespace; "" is the whole cluster.</summary>
public sealed record ScopedFeed<T>(string Namespace, IChangeFeed<T> Feed)
    where T : class, IKubernetesObject;
