using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Benchmarks.Cluster;

/// <summary>
/// An API server that serves prepared objects as fast as bytes can be written: as much of the Kubernetes API as a gateway asks for, and
/// <c>/bench</c> to steer it. It checks no rights and trusts every token.
/// </summary>
internal sealed class FakeApiServer
{
    private readonly ClusterState _state;
    private readonly ListWriter _lists;
    private readonly PodVerbs _pods;
    private readonly StoredLeases _leases = new();
    private readonly Dictionary<string, PreparedKind> _kinds;

    // Stopwatch ticks of the first request for pods since it was last asked; 0: there was none.
    private long _firstList;

    public FakeApiServer(ClusterShape shape)
    {
        _state = new ClusterState(shape);
        _lists = new ListWriter(_state);
        _pods = new PodVerbs(_state);
        _kinds = new(StringComparer.Ordinal)
        {
            ["services"] = new("v1", "Service", shape.ServiceObjects),
            ["endpointslices"] = new("discovery.k8s.io/v1", "EndpointSlice", shape.SliceObjects),
            ["nodes"] = new("v1", "Node", ClusterShape.NodeObjects),
            ["namespaces"] = new("v1", "Namespace", ClusterShape.NamespaceObjects),
        };
    }

    /// <summary>Listens on a free port of loopback until the token is cancelled; reports its URL.</summary>
    public async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxResponseBufferSize = 1024 * 1024;
        });
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(AnswerAsync);
        await app.StartAsync();
        return app;
    }

    private Task AnswerAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["bench", ..] => BenchAsync(context, parts),
            ["readyz" or "livez"] => context.Response.WriteAsync("ok", context.RequestAborted),
            ["version"] => JsonAsync(context, new JsonObject { ["major"] = "1", ["minor"] = "34", ["gitVersion"] = "v1.34.0" }),
            ["apis", "authentication.k8s.io" or "authorization.k8s.io", "v1", _] => Reviews.AnswerAsync(context),
            ["apis", "coordination.k8s.io", "v1", ..] => _leases.AnswerAsync(context),
            ["api", "v1", "namespaces", _, "pods", var name] when HttpMethods.IsPatch(context.Request.Method) => _pods.PatchAsync(context, name),
            ["api", "v1", "namespaces", _, "pods", var name] => _pods.GetAsync(context, name),
            ["api", "v1", "pods"] or ["api", "v1", "namespaces", _, "pods"] => PodsAsync(context),
            ["api", "v1", "namespaces", var name] => OneAsync(context, "namespaces", name),
            ["api", "v1", var plural] when _kinds.ContainsKey(plural) => KindAsync(context, _kinds[plural]),
            ["apis", "discovery.k8s.io", "v1", .., "endpointslices"] or ["api", "v1", "namespaces", _, "services"] => KindAsync(context, _kinds[parts[^1]]),
            _ => StatusAsync(context, 404, "NotFound"),
        };
    }

    private Task BenchAsync(HttpContext context, string[] parts) => parts switch
    {
        ["bench", "changes"] => ChangesAsync(context),
        ["bench", "latency"] => LatencyAsync(context),
        ["bench", "counts"] => JsonAsync(context, new JsonObject { ["patches"] = _pods.Patches, ["conflicts"] = _pods.Conflicts, ["firstList"] = Interlocked.Exchange(ref _firstList, 0) }),
        _ => StatusAsync(context, 404, "NotFound"),
    };

    private async Task ChangesAsync(HttpContext context)
    {
        var log = await ChangeRun.RunAsync(
            context.Request.Query, number => _state.Change(number, static pod => pod with { IsReady = !pod.IsReady }), _state.Shape.Pods, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(log, Results.ResultJson.Default.ChangeLog, cancellationToken: context.RequestAborted);
    }

    private Task LatencyAsync(HttpContext context)
    {
        _pods.CommitTime = TimeSpan.FromMilliseconds(double.Parse(context.Request.Query["ms"]!, CultureInfo.InvariantCulture));
        return context.Response.WriteAsync("", context.RequestAborted);
    }

    private Task PodsAsync(HttpContext context)
    {
        Interlocked.CompareExchange(ref _firstList, Stopwatch.GetTimestamp(), 0);
        var (format, isWatch) = Begin(context, out var initial, out var version, out var isEmpty);
        return isWatch
            ? EndedAsync(context, cancellationToken => _lists.WatchPodsAsync(context, format, initial, version, cancellationToken))
            : _lists.ListPodsAsync(context, format, isEmpty);
    }

    private static Task KindAsync(HttpContext context, PreparedKind kind)
    {
        var (format, isWatch) = Begin(context, out var initial, out _, out var isEmpty);
        return isWatch
            ? EndedAsync(context, cancellationToken => ListWriter.WatchAsync(context, kind, format, initial, cancellationToken))
            : ListWriter.ListAsync(context, kind, format, isEmpty);
    }

    private static (WireFormat Format, bool IsWatch) Begin(HttpContext context, out bool initial, out long version, out bool isEmpty)
    {
        var query = context.Request.Query;
        var isWatch = query["watch"] == "1" || query["watch"] == "true";
        initial = query["sendInitialEvents"] == "true";
        isEmpty = query.ContainsKey("fieldSelector");
        _ = long.TryParse(query["resourceVersion"], CultureInfo.InvariantCulture, out version);
        var accept = context.Request.Headers.Accept.ToString();
        var format = accept.StartsWith(Protobuf.MediaType, StringComparison.Ordinal) ? WireFormat.Protobuf : WireFormat.Json;
        context.Response.ContentType = format == WireFormat.Json ? "application/json" : isWatch ? Protobuf.MediaType + ";stream=watch" : Protobuf.MediaType;
        return (format, isWatch);
    }

    // A watch ends at its time-out, and when its client goes.
    private static async Task EndedAsync(HttpContext context, Func<CancellationToken, Task> watch)
    {
        var seconds = int.TryParse(context.Request.Query["timeoutSeconds"], CultureInfo.InvariantCulture, out var asked) ? asked : 300;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        ended.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            await watch(ended.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static Task OneAsync(HttpContext context, string plural, string name) => plural == "namespaces" && name is "kube-system" or ClusterShape.Namespace
        ? JsonAsync(context, new JsonObject
        {
            ["kind"] = "Namespace",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = name, ["uid"] = "4c5eadc7-4785-4949-b138-000000000000", ["resourceVersion"] = "1000000000" },
        })
        : StatusAsync(context, 404, "NotFound");

    internal static Task JsonAsync(HttpContext context, JsonObject content, int code = 200)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(content.ToJsonString(), context.RequestAborted);
    }

    internal static Task StatusAsync(HttpContext context, int code, string reason) => JsonAsync(context, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = reason,
        ["reason"] = reason,
        ["code"] = code,
    }, code);
}
