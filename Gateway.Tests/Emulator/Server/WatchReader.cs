using System.Text.Json.Nodes;

namespace Gateway.Tests.Emulator.Server;

/// <summary>Reads a watch line by line.</summary>
internal sealed class WatchReader(HttpResponseMessage response, StreamReader lines) : IDisposable
{
    /// <summary>The next event's type, and its object's name and version: <c>ADDED orders-1</c>.</summary>
    public async Task<string> NextAsync()
    {
        var item = JsonNode.Parse((await LineAsync()).ShouldNotBeNull("The watch has ended."))!;
        return $"{(string?)item["type"]} {(string?)item["object"]!["metadata"]!["name"]}".TrimEnd();
    }

    public async Task<JsonNode> NextObjectAsync() => JsonNode.Parse((await LineAsync()).ShouldNotBeNull("The watch has ended."))!;

    /// <summary>Null at the end.</summary>
    public async Task<string?> LineAsync() => await lines.ReadLineAsync(EmulatedApi.Deadline).AsTask().WaitAsync(EmulatedApi.Patience);

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }
}
