using System.Buffers;
using System.Text.Json;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.SelfCheck;

/// <summary>
/// Checks before the first registration whether the cluster would accept the gateway's writes: its rights by SelfSubjectAccessReviews, admission by
/// a server-side dry run of such a patch on its own pod. Its own loop writes the report; <c>/readyz</c> reads it.
/// </summary>
/// <param name="own">This process' pod; null: unknown, and no write is tried.</param>
/// <param name="needed">Every right that it needs.</param>
public sealed partial class SelfChecker(
    IPodApi pods, IReviewApi reviews, ObjectKey? own, IReadOnlyCollection<V1ResourceAttributes> needed, AnnotationOptions annotations, TimeProvider time,
    ILogger<SelfChecker> logger)
{
    private const string Manifest = "docs/manifests/least-privilege.yaml";

    // A corrected fault shows within a minute; a passed check is repeated less often.
    private static readonly TimeSpan UnhealthyInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan HealthyInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(15);

    private volatile SelfCheckReport _report = new(new SelfCheckFinding(SelfCheckStates.Pending), new SelfCheckFinding(SelfCheckStates.Pending));

    public SelfCheckReport Report => _report;

    /// <summary>Checks periodically until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await CheckAsync(cancellationToken);
                await Task.Delay(IsWell(_report.Rights) && IsWell(_report.Write) ? HealthyInterval : UnhealthyInterval, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    internal async Task CheckAsync(CancellationToken cancellationToken)
    {
        var before = _report;
        var rights = await AskAsync(CheckRightsAsync, cancellationToken);
        var write = await AskAsync(CheckWriteAsync, cancellationToken);
        _report = new SelfCheckReport(rights, write);
        if (rights != before.Rights && rights.State == SelfCheckStates.Refused)
            RightsMissing(logger, rights.Detail!);
        if (write != before.Write && write.State == SelfCheckStates.Refused)
            WriteRefused(logger, LogText.Escaped(write.Detail!));
        if (_report != before && IsWell(rights) && IsWell(write))
            Passed(logger, rights.State, write.State);
    }

    private static bool IsWell(SelfCheckFinding finding) => finding.State is SelfCheckStates.Passed or SelfCheckStates.Off;

    private async Task<SelfCheckFinding> AskAsync(Func<CancellationToken, Task<SelfCheckFinding>> check, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(CheckTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await check(both.Token);
        }
        catch (KubernetesApiException failure)
        {
            return new SelfCheckFinding(SelfCheckStates.Unknown, $"The API server did not answer the check: {failure.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SelfCheckFinding(SelfCheckStates.Unknown, "The API server did not answer in time.");
        }
    }

    private async Task<SelfCheckFinding> CheckRightsAsync(CancellationToken cancellationToken)
    {
        var missing = new List<V1ResourceAttributes>();
        foreach (var right in needed)
        {
            if (!await reviews.ReviewOwnAccessAsync(right, cancellationToken))
                missing.Add(right);
        }

        return missing.Count == 0
            ? new SelfCheckFinding(SelfCheckStates.Passed)
            : new SelfCheckFinding(SelfCheckStates.Refused, $"The gateway's account may not {NeededRights.Describe(missing)}: grant it as {Manifest} does.");
    }

    private async Task<SelfCheckFinding> CheckWriteAsync(CancellationToken cancellationToken)
    {
        if (own is not { } key)
            return new SelfCheckFinding(SelfCheckStates.Off, "POD_NAME and POD_NAMESPACE do not say which pod this is.");
        foreach (var verb in new[] { "get", "patch" })
        {
            if (!await reviews.MayAsync(verb, "pods", key.Namespace, key.Name, cancellationToken))
                return new SelfCheckFinding(SelfCheckStates.Off, $"The account has no right to {verb} its own pod {key}; this can be intended where that pod is not watched.");
        }

        if (await pods.GetPodAsync(key.Namespace, key.Name, cancellationToken) is not { } pod)
            return new SelfCheckFinding(SelfCheckStates.Unknown, $"There is no pod {key}.");
        try
        {
            await pods.PatchPodAsync(key.Namespace, key.Name, Trial(pod), dryRun: true, cancellationToken);
            return new SelfCheckFinding(SelfCheckStates.Passed);
        }
        catch (KubernetesApiException refused) when (refused is { IsForbidden: true } or { IsInvalid: true, IsWrongUid: false } or { StatusCode: 500 })
        {
            return new SelfCheckFinding(SelfCheckStates.Refused, $"A dry run of a write to {key} was refused ({refused.StatusCode}): {refused.ServerMessage}");
        }
    }

    /// <summary>Every key that a write may touch under these settings. Nothing of it is ever stored.</summary>
    private ReadOnlyMemory<byte> Trial(Pod pod)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata"u8);
            json.WriteString("uid"u8, pod.Metadata.Uid);
            json.WriteStartObject("annotations"u8);
            json.WriteString($"{annotations.AnnotationPrefix}/self-check", "dry run");
            foreach (var key in MirrorFormats.All.Where(format => annotations.Mirrors.Contains(format.Name)).Select(static format => format.AnnotationKey).Distinct())
                json.WriteString(key, "dry run");
            json.WriteEndObject();
            if (annotations.Label)
            {
                json.WriteStartObject("labels"u8);
                json.WriteString(annotations.LabelKey, "true");
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    [LoggerMessage(2200, LogLevel.Information, "Self-check: rights {Rights}, trial write {Write}")]
    private static partial void Passed(ILogger logger, string rights, string write);

    [LoggerMessage(2201, LogLevel.Error, "Self-check: {Missing}")]
    private static partial void RightsMissing(ILogger logger, string missing);

    [LoggerMessage(2202, LogLevel.Error, "Self-check: {Refusal}. Registrations will be refused in the same way until the webhook or policy allows the gateway's account")]
    private static partial void WriteRefused(ILogger logger, string refusal);
}
