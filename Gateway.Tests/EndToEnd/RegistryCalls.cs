using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

/// <summary>The calls of the contract's section 2 as a client makes them.</summary>
internal static class RegistryCalls
{
    public static async Task<JsonNode> RegisterAsync(this HttpClient http, object body, HttpStatusCode? expected = null)
    {
        using var answer = await http.PostAsJsonAsync("/v1/registrations", body).Within();
        var text = await answer.Content.ReadAsStringAsync();
        if (expected is not null)
            answer.StatusCode.ShouldBe(expected.Value, text);
        else
            answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }

    public static async Task<JsonNode> GetJsonAsync(this HttpClient http, string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await http.GetAsync(path).Within();
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(expected, text);
        return JsonNode.Parse(text)!;
    }

    public static async Task<IReadOnlyList<JsonNode>> LookUpAsync(this HttpClient http, string ns, string service, string query = "")
    {
        var answer = await http.GetJsonAsync($"/v1/namespaces/{ns}/services/{service}/instances{query}");
        return [.. answer["instances"]!.AsArray().Select(static instance => instance!)];
    }

    /// <summary>Looks up until the answer meets the condition; a long poll between two looks, so nothing spins or sleeps.</summary>
    public static async Task<IReadOnlyList<JsonNode>> LookUpUntilAsync(
        this HttpClient http, string ns, string service, Func<IReadOnlyList<JsonNode>, bool> met, string query = "?status=any")
    {
        var path = $"/v1/namespaces/{ns}/services/{service}/instances{query}";
        using var deadline = new CancellationTokenSource(Patience.Limit);
        var answer = await http.GetJsonAsync(path);
        while (true)
        {
            List<JsonNode> instances = [.. answer["instances"]!.AsArray().Select(static instance => instance!)];
            if (met(instances))
                return instances;
            deadline.Token.ThrowIfCancellationRequested();
            answer = await http.GetJsonAsync($"{path}{(query.Length == 0 ? '?' : '&')}index={answer["revision"]}&wait=20s");
        }
    }

    public static string Status(this JsonNode instance) => (string)instance["status"]!;
}
