using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance;

/// <summary>One event of a watch.</summary>
public sealed record WatchedChange(string Type, JsonObject Object)
{
    public override string ToString() => $"{Type} {Object.Name()} {Object.VersionText()}".TrimEnd();
}
