namespace Gateway.Core.Identity;

/// <summary>A pod as a request names it (<c>namespace</c> + <c>pod</c>, both or neither); which pod bears the name is not yet known.</summary>
public sealed record PodName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}
