using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Runtime.ExceptionServices;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using k8s.Autorest;
using k8s.Models;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>
/// No exception holds a token, the caller's or the gateway's, nor the request that carried it: neither one that reaches a caller nor one that is
/// thrown and caught on the way. KubernetesClient's own exceptions hold both.
/// </summary>
public sealed class TokenHuntTests
{
    private static readonly Dictionary<string, Func<KubernetesApi, string, CancellationToken, Task>> Calls = new()
    {
        ["token review"] = static (api, secret, token) => api.ReviewTokenAsync(secret, "a", token),
        ["access review"] = static (api, _, token) => api.ReviewAccessAsync(new() { User = "u", ResourceAttributes = new() { Verb = "get" } }, token),
        ["own access review"] = static (api, _, token) => api.ReviewOwnAccessAsync(new V1ResourceAttributes { Verb = "get" }, token),
        ["lease"] = static (api, _, token) => api.GetLeaseAsync("registry", "leader", token),
        ["event"] = static (api, _, token) => api.CreateEventAsync(new(new("Pod", "shop", "a", "u"), "r", "v", "m", false), token),
        ["get"] = static (api, _, token) => api.GetPodAsync("shop", "a", token),
        ["patch"] = static (api, _, token) => api.PatchPodAsync("shop", "a", "{}"u8.ToArray(), false, token),
        ["list"] = static (api, _, token) => api.ListAsync(ResourceTypes.Services, new(), token),
        ["watch"] = static (api, _, token) => api.OpenWatchAsync(ResourceTypes.Pods, new WatchRequest { ResourceVersion = "1", Timeout = TimeSpan.FromMinutes(5) }, token),
    };

    /// <summary>What the API server, or what is before it, does. @ is the caller's token, which a TokenReview's answer repeats.</summary>
    private static readonly Dictionary<string, Func<string, BrokenChannel>> Troubles = new()
    {
        ["no connection"] = static _ => new(static () => new HttpRequestException(HttpRequestError.ConnectionError, "refused")),
        ["a reset"] = static _ => new(static () => new IOException("reset")),
        ["a reset inside the answer"] = static body => new(static () => new IOException("reset"), Text(body, """{"spec":{"token":"@"},""")),
        ["401"] = static body => new(null, Text(body, "<html>@</html>"), HttpStatusCode.Unauthorized),
        ["403 without a Status"] = static body => new(null, Text(body, "Forbidden: @"), HttpStatusCode.Forbidden),
        ["422"] = static _ => new(null, """{"kind":"Status","code":422,"reason":"Invalid","message":"spec.token: Required value"}""", HttpStatusCode.UnprocessableEntity),
        ["502 of a proxy"] = static body => new(null, Text(body, "<html>@</html>"), HttpStatusCode.BadGateway),
        ["a page with 200"] = static body => new(null, Text(body, "<html>@</html>")),
        ["another kind"] = static body => new(null, Text(body, """{"kind":"@","spec":{"token":"@"},"status":{}}""")),
        ["a member of another type"] = static body => new(null, Text(body, """{"spec":{"token":"@"},"status":{"authenticated":"@","allowed":"@"},"metadata":"@","items":"@"}""")),
        ["a time that is none"] = static body => new(null, Text(body, """{"spec":{"token":"@"},"metadata":{"creationTimestamp":"@"},"status":{}}""")),
        ["an answer cut off"] = static body => new(null, Text(body, """{"spec":{"token":"@"}""")),
    };

    public static TheoryData<string, string> EveryTroubleOfEveryCall => new(Calls.Keys.SelectMany(static call => Troubles.Keys.Select(trouble => (call, trouble))));

    [Theory]
    [MemberData(nameof(EveryTroubleOfEveryCall))]
    public async Task NoExceptionHoldsATokenOrItsRequest(string call, string trouble)
    {
        var (caller, gateway) = ($"caller-{Guid.NewGuid():N}", $"gateway-{Guid.NewGuid():N}");
        var seen = new ConcurrentQueue<Exception>();
        void See(object? sender, FirstChanceExceptionEventArgs thrown) => seen.Enqueue(thrown.Exception);

        AppDomain.CurrentDomain.FirstChanceException += See;
        try
        {
            using var metrics = new GatewayMetrics();
            using var api = new KubernetesApi(new ClusterConnection
            {
                BaseAddress = new Uri("https://api.example/"),
                Channel = Troubles[trouble](caller),
                Credentials = new FixedCredential(new ClusterCredential(gateway, null)),
            }, new(), metrics);
            try
            {
                await Calls[call](api, caller, TestContext.Current.CancellationToken);
            }
            catch (Exception thrown)
            {
                seen.Enqueue(thrown);
            }
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= See;
        }

        // Exceptions of other tests are seen as well: they know neither token.
        foreach (var exception in seen)
            (Hunt(exception, caller) ?? Hunt(exception, gateway)).ShouldBeNull();
        seen.ShouldNotContain(static exception => exception is HttpOperationException);
    }

    [Fact]
    public void TheHuntFindsWhatTheLibraryWouldShow()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://api.example/");
        request.Headers.Authorization = new("Bearer", "of-the-gateway");
        var exception = new InvalidOperationException("outer", new HttpOperationException("refused") { Request = new HttpRequestMessageWrapper(request, "of-the-caller") });
        Hunt(exception, "of-the-caller").ShouldNotBeNull();
        Hunt(exception, "of-the-gateway").ShouldNotBeNull();
        Hunt(exception, "of-nobody").ShouldBeNull();
    }

    private static string Text(string caller, string text) => text.Replace("@", caller, StringComparison.Ordinal);

    /// <summary>Where a text is: in what the exception prints, or in any value that its properties lead to.</summary>
    private static string? Hunt(Exception exception, string secret)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner.ToString().Contains(secret, StringComparison.Ordinal))
                return $"{inner.GetType()} prints it";
            foreach (var property in inner.GetType().GetProperties().Where(static property => property.GetIndexParameters().Length == 0))
            {
                if (Value(inner, property) is { } value && Prints(value).Contains(secret, StringComparison.Ordinal))
                    return $"{inner.GetType()}.{property.Name} holds it";
            }
        }

        return null;
    }

    private static string Prints(object value) => value switch
    {
        string text => text,
        HttpRequestMessageWrapper request => $"{request.Content} {Headers(request.Headers)}",
        HttpResponseMessageWrapper response => $"{response.Content} {Headers(response.Headers)}",
        HttpRequestMessage request => $"{request} {request.Headers.Authorization}",
        IEnumerable values => string.Join(' ', values.Cast<object?>()),
        _ => $"{value}",
    };

    private static string Headers(IDictionary<string, IEnumerable<string>> headers) => string.Join(' ', headers.SelectMany(static header => header.Value));

    private static object? Value(object owner, System.Reflection.PropertyInfo property)
    {
        try
        {
            return property.GetValue(owner);
        }
        catch (System.Reflection.TargetInvocationException)
        {
            return null;
        }
    }
}
