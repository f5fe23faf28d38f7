using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// Sends requests; any response other than success throws <see cref="KubernetesApiException"/>. Lists and watches use separate
/// connections, so that a write never waits behind a list.
/// </summary>
internal sealed class KubernetesTransport : IDisposable
{
    // More than any Status needs. A proxy's error page may be longer and is cut.
    private const int MaxStatusBytes = 256 * 1024;

    private readonly ClusterConnection _connection;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly HttpClient _watches;
    private readonly HttpClient _writes;

    public KubernetesTransport(ClusterConnection connection, string? instanceName, TimeProvider time, GatewayMetrics metrics)
    {
        (_connection, _time, _metrics) = (connection, time, metrics);
        _watches = NewClient(instanceName);
        _writes = NewClient(instanceName);
    }

    /// <summary>
    /// Sends the request and returns the response with its body unread; the caller disposes it. The time limit covers the response headers.
    /// </summary>
    public async Task<ApiAnswer> SendAsync(ApiCall call, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var code = 0;
        using var span = call.IsFollowing ? null : GatewayTraces.ApiCall(call.Verb, call.Resource);
        try
        {
            using var deadline = new CancellationTokenSource(limit, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
            var response = await SendWithCredentialAsync(call, both.Token);
            code = (int)response.StatusCode;
            var answer = new ApiAnswer(call, response);
            if (response.IsSuccessStatusCode)
                return answer;
            using (answer)
            {
                throw await RefusalAsync(answer, response, both.Token);
            }
        }
        catch (Exception failure) when (ApiFailure.IsOfTheChannel(failure))
        {
            throw ApiFailure.Of(call, failure, cancellationToken);
        }
        finally
        {
            span.Answered(code);
            _metrics.RecordApiCall(call.Verb, call.Resource, code, _time.GetElapsedTime(started));
        }
    }

    public void Dispose()
    {
        _watches.Dispose();
        _writes.Dispose();
    }

    private async Task<HttpResponseMessage> SendWithCredentialAsync(ApiCall call, CancellationToken cancellationToken)
    {
        var client = call.IsFollowing ? _watches : _writes;
        var credential = await _connection.GetCredentialAsync(cancellationToken);
        var response = await client.SendAsync(NewRequest(call, credential.Token), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !_connection.Credentials.Reject(credential))
            return response;

        // The token was rotated early or revoked: retry once with the current one. A request refused with 401 changed nothing.
        response.Dispose();
        credential = await _connection.GetCredentialAsync(cancellationToken);
        return await client.SendAsync(NewRequest(call, credential.Token), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private HttpRequestMessage NewRequest(ApiCall call, string? token)
    {
        var request = new HttpRequestMessage(call.Method, call.PathAndQuery)
        {
            Version = _connection.BaseAddress.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", call.Accept);
        if (!call.IsFollowing && GatewayTraces.Context is { } context)
            request.Headers.TryAddWithoutValidation("traceparent", context);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        // The platform takes both the SNI and the name to verify from here.
        if (_connection.ServerName is not null)
            request.Headers.Host = _connection.ServerName;
        if (call.Content is { } content)
        {
            request.Content = new ReadOnlyMemoryContent(content);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.ContentType);
        }

        return request;
    }

    private async Task<KubernetesApiException> RefusalAsync(ApiAnswer answer, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var code = (int)response.StatusCode;
        var status = StatusDecoder.TryRead(await ReadSomeAsync(answer, cancellationToken));
        return new(code, status, RetryAfterOf(response), mayHaveBeenApplied: answer.Call.IsWrite && code >= 500);
    }

    private static async Task<byte[]> ReadSomeAsync(ApiAnswer answer, CancellationToken cancellationToken)
    {
        try
        {
            using var body = await answer.OpenAsync(cancellationToken, cancellationToken);
            var bytes = new byte[MaxStatusBytes];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return bytes[..length];
        }
        catch (Exception failure) when (failure is KubernetesApiException or OperationCanceledException)
        {
            // The body is optional: the status code was received and is enough.
            return [];
        }
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - _time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private HttpClient NewClient(string? instanceName)
    {
        var client = new HttpClient(_connection.NewChannel())
        {
            BaseAddress = _connection.BaseAddress,
            // Time limits are set per call; a watch has none.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd($"registry-gateway/{Version}");
        if (!string.IsNullOrEmpty(instanceName))
            client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue($"({instanceName})"));
        return client;
    }

    private static string Version { get; } = typeof(KubernetesTransport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0] ?? "0";
}

/// <summary>One request to the API server; it can be sent again.</summary>
/// <param name="Verb">The verb in terms of RBAC: get, list, watch, create, update, patch.</param>
/// <param name="Resource">The plural of the kind.</param>
/// <param name="PathAndQuery">Relative to the API server's address.</param>
internal sealed record ApiCall(HttpMethod Method, string Verb, string Resource, string PathAndQuery)
{
    public string Accept { get; init; } = "application/json";
    public ReadOnlyMemory<byte>? Content { get; init; }
    public string ContentType { get; init; } = "application/json";

    /// <summary>Changes an object in the cluster (reviews and dry runs do not).</summary>
    public bool IsWrite { get; init; }

    /// <summary>Uses the connections for lists and watches.</summary>
    public bool IsFollowing => Verb is "list" or "watch";

    public override string ToString() => $"{Verb} {Resource}";
}
