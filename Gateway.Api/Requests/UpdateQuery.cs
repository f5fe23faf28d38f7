using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The query of a change: the pod, and whether to wait until the change was sent to every subscriber (<c>drain=wait</c>).</summary>
internal sealed record UpdateQuery(PodName? Pod, TimeSpan? Drain)
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DefaultDrain = TimeSpan.FromSeconds(20);

    /// <summary>For calls that do not support waiting.</summary>
    public static UpdateQuery ReadPod(HttpRequest request, FaultList faults)
    {
        var query = new QueryReader(request.Query, faults);
        var pod = PodParameters.Read(ref query, faults);
        query.Finish("namespace", "pod");
        return new UpdateQuery(pod, null);
    }

    /// <summary>For the list: the namespace is set where it is named without a pod.</summary>
    public static (UpdateQuery Query, string? Namespace) ReadList(HttpRequest request, FaultList faults)
    {
        var query = new QueryReader(request.Query, faults);
        var (ns, pod) = PodParameters.ReadForList(ref query, faults);
        query.Finish("namespace", "pod");
        return (new UpdateQuery(pod, null), pod is null ? ns : null);
    }

    public static UpdateQuery Read(HttpRequest request, FaultList faults)
    {
        var query = new QueryReader(request.Query, faults);
        var pod = PodParameters.Read(ref query, faults);
        var drain = query.Text("drain");
        var timeout = query.Duration("timeout", LongestDrain);
        query.Finish("namespace", "pod", "drain", "timeout");
        if (drain is not (null or "wait"))
            faults.AtParameter("drain", FaultCodes.InvalidValue, "'drain' must be 'wait'.");
        return new UpdateQuery(pod, drain is null ? null : timeout ?? DefaultDrain);
    }
}
