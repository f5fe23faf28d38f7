using Gateway.Core.Kubernetes.Client;

namespace Gateway.Core.Registration;

/// <summary>Tells the failures of a PATCH apart, by status and causes.</summary>
internal static class PatchFailures
{
    public static PatchFailure Of(KubernetesApiException failure) => failure switch
    {
        { IsConflict: true } => PatchFailure.Conflict,
        { IsWrongUid: true } or { IsNotFound: true } => PatchFailure.PodGone,
        { IsAnnotationsTooLong: true } => PatchFailure.AnnotationsFull,
        { IsTooManyRequests: true } or { IsUnauthorized: true } => PatchFailure.Unavailable,
        { IsUnavailable: true } => IsWebhookFailure(failure) ? PatchFailure.Refused : PatchFailure.Unavailable,
        _ => PatchFailure.Refused,
    };

    // apiserver's NewInternalError is all it says of a webhook that cannot be called under failurePolicy Fail: no reason, no field of its own,
    // only this text, which has stood since 1.9.
    private static bool IsWebhookFailure(KubernetesApiException failure) =>
        failure is { StatusCode: 500, Status: { } status } &&
        (Says(status.Message) || status.Causes.Any(static cause => Says(cause.Message)));

    private static bool Says(string text) => text.Contains("failed calling webhook", StringComparison.Ordinal);
}
