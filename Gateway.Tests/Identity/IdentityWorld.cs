using System.Buffers.Text;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Identity;

/// <summary>Everything that recognises callers, over an API server in memory and a cache that the test fills.</summary>
internal sealed class IdentityWorld
{
    public IdentityWorld(Action<IdentityOptions>? configure = null, TimeProvider? time = null)
    {
        configure?.Invoke(Options);
        var clock = time ?? Time;
        Calls = new ReviewCalls(Server, Options, clock, Metrics, NullLogger<ReviewCalls>.Instance);
        LivePods = new LivePods(Server, Calls);
        Tokens = new TokenAuthenticator(Options, Calls, View, clock, Metrics, Logs);
        Clients = new ClientAddressReader(Options);
        Access = new AccessReviewer(AccessOptions, Calls, clock);
        Resolver = new CallerResolver(Options, Tokens, new SourceAddressIdentifier(Clients, View), Clients, Access, View, LivePods);
    }

    public ManualTimeProvider Time { get; } = new();
    public MemoryApiServer Server { get; } = new();
    public MemoryClusterView View { get; } = new();
    public GatewayMetrics Metrics { get; } = new();
    public LogBookOf<TokenAuthenticator> Logs { get; } = new();
    public IdentityOptions Options { get; } = new();
    public AccessOptions AccessOptions { get; } = new();
    public ReviewCalls Calls { get; }
    public LivePods LivePods { get; }
    public TokenAuthenticator Tokens { get; }
    public ClientAddressReader Clients { get; }
    public AccessReviewer Access { get; }
    public CallerResolver Resolver { get; }

    /// <summary>A running pod at the API server, seen by the cache.</summary>
    public Pod Run(string name, string ip = "10.1.0.7", string ns = "shop", Func<Pod, Pod>? change = null)
    {
        var pod = Server.Put((change ?? (static pod => pod))(NewPod(name, ip, ns)));
        View.See(pod);
        return pod;
    }

    public static Pod NewPod(string name, string ip = "10.1.0.7", string ns = "shop", string? uid = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns, Uid = uid ?? $"uid-{ns}-{name}" },
        Phase = PodPhase.Running,
        PodIPs = [ip],
        Ready = true,
        Containers = ["app", "sidecar"],
        ContainerStatuses = [new("app", 0, DateTimeOffset.UnixEpoch), new("sidecar", 3, DateTimeOffset.UnixEpoch)],
    };

    /// <summary>A token that the API server vouches for, bound to the pod.</summary>
    public string TokenOf(Pod pod, TimeSpan? lifetime = null, string audience = "registry-gateway")
    {
        var meta = pod.Metadata;
        var token = Jwt(new Dictionary<string, object>
        {
            ["aud"] = new[] { audience },
            ["exp"] = (Time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
            ["kubernetes.io"] = new { @namespace = meta.Namespace, pod = new { name = meta.Name, uid = meta.Uid } },
        });
        Server.Tokens[token] = new V1TokenReviewStatus
        {
            Authenticated = true,
            Audiences = [audience],
            User = new V1UserInfo
            {
                Username = $"system:serviceaccount:{meta.Namespace}:{pod.ServiceAccountName}",
                Uid = "account-uid",
                Groups = ["system:serviceaccounts"],
                Extra = new Dictionary<string, IList<string>> { [KubernetesUser.PodNameKey] = [meta.Name], [KubernetesUser.PodUidKey] = [meta.Uid] },
            },
        };
        return token;
    }

    public string TokenOfUser(string username = "anna")
    {
        var token = Jwt(new Dictionary<string, object>
        {
            ["aud"] = "registry-gateway",
            ["sub"] = username,
            ["exp"] = (Time.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeSeconds(),
        });
        Server.Tokens[token] = new V1TokenReviewStatus
        {
            Authenticated = true,
            Audiences = ["registry-gateway"],
            User = new V1UserInfo
            {
                Username = username,
                Uid = "42",
                Groups = ["developers"],
                Extra = new Dictionary<string, IList<string>> { ["scopes"] = ["a", "b"] },
            },
        };
        return token;
    }

    public static string Jwt(object payload) => $"e30.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(payload))}.c2lnbmF0dXJl";

    public static string OpaqueToken(string payload) => $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.c2ln";

    public static CallerEvidence Bearer(string token) => new() { Authorization = ["Bearer " + token], RemoteAddress = IPAddress.Parse("10.9.9.9") };

    public static CallerEvidence From(string address) => new() { RemoteAddress = IPAddress.Parse(address) };
}
