using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance;

/// <summary>Calls of one user to an API server, in plain HTTP and JSON: what goes over the wire and nothing else.</summary>
/// <param name="client">Speaks to the server.</param>
/// <param name="token">Whose calls; null: those of the client's own user.</param>
public sealed class ApiCalls(HttpClient client, string? token = null)
{
    public const string Merge = "application/merge-patch+json";
    public const string Strategic = "application/strategic-merge-patch+json";
    public const string JsonPatch = "application/json-patch+json";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public Task<ApiAnswer> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, accept: accept);

    public Task<ApiAnswer> PostAsync(string path, JsonNode body) => PostAsync(path, body.ToJsonString());

    public Task<ApiAnswer> PostAsync(string path, string body) => SendAsync(HttpMethod.Post, path, body, "application/json");

    public Task<ApiAnswer> PutAsync(string path, JsonNode body) => SendAsync(HttpMethod.Put, path, body.ToJsonString(), "application/json");

    public Task<ApiAnswer> PatchAsync(string path, string body, string mediaType = Merge) => SendAsync(HttpMethod.Patch, path, body, mediaType);

    public Task<ApiAnswer> DeleteAsync(string path, string? options = null) =>
        SendAsync(HttpMethod.Delete, path, options, options is null ? null : "application/json");

    /// <summary>Opens a watch; the caller reads it to its end or disposes of it.</summary>
    public async Task<WatchStream> WatchAsync(string path, string? accept = null)
    {
        var separator = path.Contains('?') ? '&' : '?';
        using var request = Request(HttpMethod.Get, $"{path}{separator}watch=true", accept);
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline).Within();
        return new WatchStream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(Deadline)));
    }

    private async Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? body = null, string? mediaType = null, string? accept = null)
    {
        using var request = Request(method, path, accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType!);
        }

        using var answer = await client.SendAsync(request, Deadline).Within();
        return new ApiAnswer((int)answer.StatusCode, answer.Headers, await answer.Content.ReadAsStringAsync(Deadline));
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? accept)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd(accept ?? "application/json");
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }
}
