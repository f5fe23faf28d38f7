using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Support;

/// <summary>What the API server said: status, headers and, where it is an object, the body.</summary>
public sealed record ApiAnswer(int Status, HttpResponseHeaders Headers, string Text)
{
    private JsonObject? _body;

    public JsonObject Body => _body ??= JsonNode.Parse(Text)!.AsObject();

    public string? Reason => Body.Text("reason");

    public string Message => Body.Text("message") ?? "";

    public string? Version => Body.Text("metadata", "resourceVersion");

    /// <summary>The names of a list's items.</summary>
    public IReadOnlyList<string> Names => [.. Body["items"]!.AsArray().Select(static item => (string)item!["metadata"]!["name"]!)];

    /// <summary>The causes that a refusal names, as <c>reason field</c>.</summary>
    public IEnumerable<string> Causes =>
        Body.Array("details", "causes").Select(static cause => $"{cause.Text("reason")} {cause.Text("field")}".TrimEnd());

    /// <summary>The body, once the status is this one.</summary>
    public JsonObject Expect(int status)
    {
        Status.ShouldBe(status, Text.Length > 2000 ? Text[..2000] : Text);
        return Body;
    }

    /// <summary>A refusal in the form of a Status object.</summary>
    public JsonObject ExpectRefusal(int status, string? reason)
    {
        Expect(status).Text("kind").ShouldBe("Status");
        Body.Text("status").ShouldBe("Failure");
        Body.Number("code").ShouldBe(status);
        Reason.ShouldBe(reason, Text);
        return Body;
    }
}
