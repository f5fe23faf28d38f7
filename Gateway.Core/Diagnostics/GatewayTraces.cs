using System.Diagnostics;

namespace Gateway.Core.Diagnostics;

/// <summary>
/// Every span of the gateway, in one place. Without a listener to <see cref="SourceName"/> each of these is null and costs one field
/// read. No attribute holds a token, a header, a query or a payload.
/// </summary>
public static class GatewayTraces
{
    /// <summary>The name to listen to.</summary>
    public const string SourceName = "registry-gateway";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// One call to the API server. Only calls that a caller waits for are traced: lists, watches, elections and probes have no
    /// caller. The span is the parent of the API server's own spans, by the W3C <c>traceparent</c> that goes with the request.
    /// </summary>
    public static Activity? ApiCall(string verb, string resource)
    {
        if (Activity.Current is null || Source.StartActivity($"{verb} {resource}", ActivityKind.Client) is not { } span)
            return null;
        return span.SetTag("k8s.verb", verb).SetTag("k8s.resource", resource);
    }

    /// <summary>A review of the caller, including the time in the queue: <c>review token</c>, <c>review access</c>, <c>review pod</c>.</summary>
    public static Activity? Review(string kind) => Activity.Current is null ? null : Source.StartActivity($"review {kind}");

    /// <summary>A call's write to its pod: the queue, reading the pod, the PATCH, and retries after conflicts.</summary>
    public static Activity? Write(string ns, string pod) => Activity.Current is null
        ? null
        : Source.StartActivity("write pod")?.SetTag("k8s.namespace.name", ns).SetTag("k8s.pod.name", pod);

    /// <summary>
    /// A write that is sent for several calls belongs to the first call's trace and links to the others' writes; they link to it.
    /// </summary>
    public static Activity? Send(IReadOnlyList<Activity?> writes)
    {
        // An earlier call started the queue: without this, the span would belong to that call's trace.
        Activity.Current = writes[0];
        if (writes[0] is null || Source.StartActivity("send write") is not { } span)
            return null;
        span.SetTag("registry.joint", writes.Count);
        foreach (var other in writes.Skip(1).OfType<Activity>())
        {
            span.AddLink(new ActivityLink(other.Context));
            other.AddLink(new ActivityLink(span.Context));
        }

        return span;
    }

    /// <summary>From the API server's answer until this replica's lookups show the write.</summary>
    public static Activity? Visible() => Activity.Current is null ? null : Source.StartActivity("await visible");

    /// <summary>The W3C <c>traceparent</c> of the current span, if it is a span of the gateway; null otherwise.</summary>
    public static string? Context => Activity.Current is { IdFormat: ActivityIdFormat.W3C } span && span.Source == Source ? span.Id : null;

    /// <summary>Sets the outcome: a word of a small set, and whether that is a failure.</summary>
    public static void End(this Activity? span, string outcome, bool failed = false)
    {
        if (span is null)
            return;
        span.SetTag("registry.outcome", outcome);
        if (failed)
            span.SetStatus(ActivityStatusCode.Error, outcome);
    }

    /// <summary>Sets the API server's status code; 0 is no answer.</summary>
    public static void Answered(this Activity? span, int code)
    {
        if (span is null)
            return;
        if (code != 0)
            span.SetTag("http.response.status_code", code);
        if (code is 0 or >= 400)
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", code == 0 ? "no-answer" : code.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
