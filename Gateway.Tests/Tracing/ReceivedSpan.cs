namespace Gateway.Tests.Tracing;

/// <summary>A span as a collector was sent it; ids in hexadecimal, attributes as text.</summary>
internal sealed record ReceivedSpan(
    string TraceId, string SpanId, string ParentId, string Name, int Kind, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Links, int Status)
{
    public const int Server = 2;
    public const int Client = 3;
}
