using System.Collections.Immutable;

namespace Gateway.Core.Registry.Explain;

/// <summary>
/// Answers why a service, or a pod under its name, is listed or not. Pure: reads one snapshot, one Service with its slices, and what the stores of leases
/// and POSTs say; calls nothing, changes nothing.
/// </summary>
public static class ServiceExplainer
{
    public static Explanation Explain(ExplainQuestion question)
    {
        if (!question.IsWatched)
            return new(Verdicts.NotListed, Unwatched(question), []);
        var its = new ExplainedCase(question);
        ImmutableArray<ExplainedCheck> checks =
        [
            new(CheckNames.Namespace, true, $"Namespace {question.Key.Namespace} is watched.", null),
            ObjectChecks.Service(its), ObjectChecks.Pod(its), RecordChecks.Record(its), RecordChecks.Name(its), StateChecks.Address(its),
            ReadinessCheck.Readiness(its), SliceCheck.Slice(its), StateChecks.Restart(its), StateChecks.Lease(its), StateChecks.Override(its), FilterCheck.Filter(its),
        ];
        return new(VerdictOf(its), checks, its.Instances);
    }

    private static string VerdictOf(ExplainedCase its)
    {
        var shown = its.Question.Filter.Apply(its.Instances);
        if (shown.IsEmpty)
            return Verdicts.NotListed;
        var isWhole = shown.Length == its.Instances.Length && its.Pods.All(static pod => !pod.Instances.IsEmpty)
            && (its.Question.Pod is not null || its.Join.HeldBack.Count == 0);
        return isWhole ? Verdicts.Listed : Verdicts.PartlyListed;
    }

    private static ImmutableArray<ExplainedCheck> Unwatched(ExplainQuestion question) =>
    [
        new(
            CheckNames.Namespace, false, $"Namespace {question.Key.Namespace} is not watched by this gateway.",
            "Ask the gateway that watches it, or add the namespace to Kubernetes__Namespaces of this one."),
        .. CheckNames.All.Skip(1).Select(static name => new ExplainedCheck(name, null, "Not checked: the namespace is not watched.", null)),
    ];
}
