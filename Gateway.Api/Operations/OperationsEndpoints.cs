using System.Collections.Immutable;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Redis;
using Gateway.Core.Registry;
using Gateway.Core.SelfCheck;
using Gateway.Core.Subscriptions;
using OpenTelemetry.Metrics;

namespace Gateway.Api.Operations;

/// <summary>Endpoints for operators and probes: <c>/livez</c>, <c>/readyz</c>, <c>/metrics</c>.</summary>
internal static class OperationsEndpoints
{
    // HEAD is answered wherever GET is: load balancers probe with it.
    private static readonly string[] Reads = ["GET", "HEAD"];

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        // Created now: both record from here on.
        routes.ServiceProvider.GetRequiredService<MeterProvider>();
        routes.ServiceProvider.GetRequiredService<Staleness>();
        ObserveReplicas(routes.ServiceProvider);
        routes.MapDocumentPages();
        routes.MapMethods("/livez", Reads, static () => Results.Text("ok\n"))
            .WithName("livez").WithTags("Operations").WithSummary("The process is alive.")
            .Produces<string>(contentType: "text/plain");
        foreach (var path in new[] { "/healthz", "/health" })
            routes.MapMethods(path, Reads, static () => Results.Text("ok\n")).ExcludeFromDescription();
        routes.MapMethods("/readyz", Reads, Readiness)
            .WithName("readyz").WithTags("Operations").WithSummary("The registry has synced, and this replica is not stopping.")
            .Produces<Readiness>().Produces<Readiness>(StatusCodes.Status503ServiceUnavailable);
        var scrape = routes.CreateApplicationBuilder().UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();
        routes.MapMethods("/metrics", Reads, (Delegate)((HttpContext context, HttpCalls calls) => ScrapeAsync(context, scrape, calls)))
            .WithName("metrics").WithTags("Operations").WithSummary("All metrics as Prometheus text, or OpenMetrics if requested.")
            .Produces<string>(contentType: "text/plain", additionalContentTypes: "application/openmetrics-text");
    }

    /// <summary>Stays ready when the API server is lost later: stale answers are better than none.</summary>
    private static IResult Readiness(RegistryState state, ClusterCache cache, IHostApplicationLifetime lifetime, IServiceProvider services)
    {
        var synced = state.Current.HasSynced;
        var stopping = lifetime.ApplicationStopping.IsCancellationRequested;
        var report = new ReadinessReport(synced && !stopping, synced, cache.IsLost, cache.LostKinds, stopping, BuildVersion.Text, services.GetService<SelfChecker>()?.Report ?? SelfCheckReport.Off);
        return Results.Json(report, statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Without Redis a replica knows of no other: whether there is one is what the configuration says.</summary>
    private static void ObserveReplicas(IServiceProvider services)
    {
        int? alone = services.GetRequiredService<SubscriptionOptions>().SingleReplica == true ? 1 : null;
        var (redis, roster) = (services.GetService<RedisConnection>(), services.GetService<ReplicaRoster>());
        services.GetRequiredService<GatewayMetrics>().ObserveReplicas(() => redis is { IsAvailable: true } ? roster?.Latest?.Names.Length : redis is null ? alone : null);
    }

    private static async Task ScrapeAsync(HttpContext context, RequestDelegate scrape, HttpCalls calls)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        var output = response.Body;
        using var exported = new MemoryStream();
        response.Body = exported;
        try
        {
            await scrape(context);
        }
        finally
        {
            response.Body = output;
        }

        await output.WriteAsync(
            response.StatusCode == StatusCodes.Status200OK ? HttpCallText.AddTo(exported.GetBuffer().AsSpan(0, (int)exported.Length), calls) : exported.ToArray(), context.RequestAborted);
    }
}

/// <summary>The answer of <c>/readyz</c>: ready, and why not. The self-check never makes a replica unready: a restart would not help.</summary>
internal sealed record ReadinessReport(bool Ready, bool Synced, bool Stale, ImmutableArray<string> Lost, bool Stopping, string Version, SelfCheckReport SelfCheck);
