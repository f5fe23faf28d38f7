namespace Gateway.Core.Annotations;

/// <summary>Who took an instance out of rotation; one set by somebody acting for the pod survives the pod's own POST.</summary>
public enum OutOfService
{
    No,
    ByPod,
    ByOther,
}
