using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    private Histogram<double> ApiCallDuration => field ??= _meter.CreateHistogram<double>("registry.kubernetes.request.duration", "s",
        "Time from a request to the API server until its answer's head, by verb, resource and code (0: no answer)");

    public void RecordApiCall(string verb, string resource, int code, TimeSpan duration)
    {
        if (ApiCallDuration.Enabled)
            ApiCallDuration.Record(duration.TotalSeconds, new("verb", verb), new("resource", resource), new("code", code));
    }
}
