using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Tests.Api;

/// <summary>Single requests, as bare as a test needs them.</summary>
internal static class Calls
{
    public const string Greeting = """{"namespace":"shop","pod":"greeter-1","service":"greeting","port":8080,"container":"app"}""";

    public static Task<HttpResponseMessage> CallAsync(
        this HttpClient http, string method, string path, string? body = null, string mediaType = "application/json", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        }
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within();
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient http, string body, params (string Name, string Value)[] headers) =>
        http.CallAsync("POST", "/v1/registrations", body, headers: headers);
}
