namespace Gateway.Core.Annotations;

/// <summary>Where an instance came from, in the order in which one of several formats wins (contract, section 1).</summary>
public enum InstanceSource
{
    Gateway,
    Declared,
    DubboJava,
    DubboGo,
    Generic,
    Endpoints,
}
