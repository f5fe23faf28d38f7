namespace Gateway.Emulator;

/// <summary>
/// Settings of the emulated API server; the configuration section <c>Emulator</c> (environment: <c>Emulator__Url</c> and so on).
/// </summary>
public sealed record EmulatorOptions
{
    public const string Section = "Emulator";

    /// <summary>The listen address, plain HTTP/1.1; port 0 takes any free port.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8081";

    /// <summary>Start with demo namespaces, nodes, services and pods.</summary>
    public bool Demo { get; init; } = true;

    /// <summary>Play scheduler and kubelet for pods that have no status yet.</summary>
    public bool Player { get; init; } = true;

    /// <summary>Give played pods an IPv6 address in addition to the IPv4 address.</summary>
    public bool DualStackPods { get; init; }

    /// <summary>Derive Endpoints and EndpointSlices from Services, Pods and Nodes.</summary>
    public bool Controllers { get; init; } = true;

    /// <summary>Serve streaming lists (<c>sendInitialEvents</c>), as a 1.33 server does unless the feature is switched off.</summary>
    public bool WatchList { get; init; }

    /// <summary>Serve protobuf to clients that prefer it; otherwise everything is JSON.</summary>
    public bool Protobuf { get; init; } = true;

    /// <summary>Interval of bookmarks on watches that asked for them.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a list waits for a version that does not exist yet before it answers 504; the real server waits 3 s.</summary>
    public TimeSpan FutureVersionWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many changes of each kind are kept, so that watches can resume.</summary>
    public int HistoryLength { get; init; } = 16_384;

    /// <summary>Whether the stored roles authorize requests, or every request is allowed.</summary>
    public AuthorizationMode Authorization { get; init; } = AuthorizationMode.AlwaysAllow;

    /// <summary>A bearer token that authenticates as a member of <c>system:masters</c>; null: none does.</summary>
    public string? AdminToken { get; init; }

    /// <summary>Lifetime of service-account tokens when the request names none.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The issuer of service-account tokens, and their audience when the request names none.</summary>
    public string Issuer { get; init; } = "https://kubernetes.default.svc.cluster.local";

    /// <summary>Enforce the pod policy on the gateway's account, as the ValidatingAdmissionPolicy of the chart does.</summary>
    public bool PodPolicy { get; init; }

    /// <summary>The account that the pod policy restricts.</summary>
    public string GatewayAccount { get; init; } = "system:serviceaccount:registry:registry-gateway";
}
