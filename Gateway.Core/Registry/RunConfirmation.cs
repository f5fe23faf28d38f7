using Gateway.Core.Annotations;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// A registration that is UP only because of the post log: its container restarted, and it was POSTed again without a write. Writing
/// <paramref name="PostedAt"/> and <paramref name="RestartCount"/> into its annotation makes other replicas and later processes agree.
/// </summary>
public sealed record RunConfirmation(Pod Pod, RegistrationRecord Record, DateTimeOffset PostedAt, int RestartCount);
