namespace Gateway.Core.Annotations;

/// <summary>Who took an instance out of rotation. A state set by another caller on behalf of the pod survives the pod's own POST.</summary>
public enum OutOfService
{
    No,
    ByPod,
    ByOther,
}
