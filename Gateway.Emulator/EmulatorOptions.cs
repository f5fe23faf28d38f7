namespace Gateway.Emulator;

/// <summary>How the emulated API server runs; the configuration section <c>Emulator</c> (environment: <c>Emulator__Url</c> and so on).</summary>
public sealed record EmulatorOptions
{
    public const string Section = "Emulator";

    /// <summary>Where it listens, plain HTTP/1.1; port 0 takes any free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8081";

    /// <summary>Fill the cluster with namespaces, nodes, services and pods to look at.</summary>
    public bool Demo { get; init; } = true;

    /// <summary>Play scheduler and kubelet for pods that have no status yet.</summary>
    public bool Player { get; init; } = true;

    /// <summary>Give pods that are played an IPv6 address besides their IPv4 one.</summary>
    public bool DualStackPods { get; init; }

    /// <summary>Derive Endpoints and EndpointSlices from Services, Pods and Nodes.</summary>
    public bool Controllers { get; init; } = true;

    /// <summary>Serve streaming lists (<c>sendInitialEvents</c>); a 1.33 server does so unless the feature was switched off.</summary>
    public bool WatchList { get; init; }

    /// <summary>How often a watch that asked for bookmarks gets one.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a list waits for a version that is not there yet before it answers 504; the real server waits 3 s.</summary>
    public TimeSpan FutureVersionWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many changes of each kind are kept for watches to resume from.</summary>
    public int HistoryLength { get; init; } = 16_384;

    /// <summary>Whether requests are authorized by the roles in the cluster, or all allowed.</summary>
    public AuthorizationMode Authorization { get; init; } = AuthorizationMode.AlwaysAllow;

    /// <summary>A bearer token that stands for a member of <c>system:masters</c>; null: there is none.</summary>
    public string? AdminToken { get; init; }

    /// <summary>How long service-account tokens live when the request names no time.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The issuer of service-account tokens and their audience when none is asked for.</summary>
    public string Issuer { get; init; } = "https://kubernetes.default.svc.cluster.local";

    /// <summary>Enforce the pod policy on the gateway's account, as the ValidatingAdmissionPolicy of the chart does.</summary>
    public bool PodPolicy { get; init; }

    /// <summary>The account that the pod policy fences.</summary>
    public string GatewayAccount { get; init; } = "system:serviceaccount:registry:registry-gateway";
}
