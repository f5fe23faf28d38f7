namespace Gateway.Core.Applications;

/// <summary>A Dubbo application (<c>dubbo.application.name</c>) in a namespace.</summary>
public readonly record struct ApplicationName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}
