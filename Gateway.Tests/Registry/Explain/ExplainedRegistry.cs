using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Explain;

namespace Gateway.Tests.Registry.Explain;

/// <summary>One situation in which an instance may be missing, what is asked about it, and the sentence of the answer.</summary>
internal sealed record ExplainedSituation(params IKubernetesObject[] Objects)
{
    public string? Pod { get; init; }
    public LookupFilter Filter { get; init; } = LookupFilter.Default;
    public bool IsWatched { get; init; } = true;
    public bool WatchesEveryPod { get; init; } = true;
    public AnnotationOptions Options { get; init; } = new();

    /// <summary>What happens after the objects were projected.</summary>
    public Action<ProjectedRegistry>? Then { get; init; }

    /// <summary>The first check that fails; null: none does.</summary>
    public string? Check { get; init; }

    public string Found { get; init; } = "";
    public string Help { get; init; } = "";
    public string Verdict { get; init; } = Verdicts.NotListed;

    public Explanation Explain(bool showsDetails = true)
    {
        using var registry = new ProjectedRegistry(options: Options, watchesEveryPod: WatchesEveryPod);
        registry.Sync();
        registry.Fold(Objects);
        Then?.Invoke(registry);
        registry.Fold();
        return Explain(registry, showsDetails);
    }

    public Explanation Explain(ProjectedRegistry registry, bool showsDetails) => ServiceExplainer.Explain(new ExplainQuestion
    {
        Snapshot = registry.State.Current,
        Key = new("shop", "orders"),
        Pod = Pod,
        Filter = Filter,
        Service = registry.Services.Find(new("shop", "orders")),
        Slices = [.. Objects.OfType<EndpointSlice>()],
        IsWatched = IsWatched,
        WatchesEveryPod = WatchesEveryPod,
        ListsEndpoints = Options.Reads(InstanceSource.Endpoints),
        ShowsDetails = showsDetails,
        Leases = registry.Leases,
        Posts = registry.Posts,
    });
}
