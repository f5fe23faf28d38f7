namespace Gateway.Core.Annotations;

/// <summary>The source of an instance, in order of precedence among formats (contract, section 1).</summary>
public enum InstanceSource
{
    Gateway,
    Declared,
    DubboJava,
    DubboGo,
    Generic,
    Endpoints,
}
