using System.Text.Json.Nodes;

namespace Gateway.Tests.Emulator.Server;

/// <summary>What a call got back.</summary>
internal sealed record ApiAnswer(int Status, JsonNode Body, HttpResponseMessage Response)
{
    public string? Reason => (string?)Body["reason"];
    public string? Message => (string?)Body["message"];
    public string? Version => (string?)Body["metadata"]?["resourceVersion"];

    public IReadOnlyList<string> Names => [.. Body["items"]!.AsArray().Select(static item => (string)item!["metadata"]!["name"]!)];
}
