using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// KubernetesClient with our way of sending: a credential that is read again after a 401, bodies that are bounded and can be cancelled, and one
/// exception for every failure. Nothing of the library sends a request by itself.
/// </summary>
internal sealed class ClusterClient : k8s.Kubernetes
{
    // More than any Status needs. A proxy's error page may be longer and is cut.
    private const int MaxStatusBytes = 256 * 1024;

    // etcd stores objects of up to 1.5 MiB; their JSON may be a few times longer.
    private const int MaxObjectBytes = 16 * 1024 * 1024;

    private static readonly HttpRequestOptionsKey<ApiCall> CallOfRequest = new("call");

    private static readonly JsonSerializerOptions Json = new()
    {
        TypeInfoResolver = ModelJson.Default,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new ModelJson.MicroTimeConverter() },
    };

    private readonly ClusterConnection _connection;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;

    public ClusterClient(ClusterConnection connection, string userAgent, TimeProvider time, GatewayMetrics metrics)
        : this(connection, Configure(connection, userAgent), time, metrics)
    {
    }

    private ClusterClient(ClusterConnection connection, KubernetesClientConfiguration configuration, TimeProvider time, GatewayMetrics metrics)
        : base(configuration)
    {
        (_connection, _time, _metrics) = (connection, time, metrics);
        if (connection.Channel is { } channel)
            HttpClient = new HttpClient(channel);
    }

    /// <summary>
    /// Sends the request; returns a successful response with its body unread, anything else is a <see cref="KubernetesApiException"/>.
    /// </summary>
    /// <param name="caller">The caller's own token, without time limits: only its cancellation is not a failure.</param>
    /// <param name="cancellationToken">Cancels the request, also at its time limit.</param>
    public async Task<HttpResponseMessage> SendAsync(ApiCall call, CancellationToken caller, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var code = 0;
        using var span = call.IsFollowing ? null : GatewayTraces.ApiCall(call.Verb, call.Resource);
        try
        {
            var response = await SendWithCredentialAsync(call, cancellationToken);
            code = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
            {
                throw await RefusalAsync(call, response, cancellationToken);
            }
        }
        catch (Exception failure) when (ApiFailure.IsOfTheChannel(failure))
        {
            throw ApiFailure.Of(call, failure, caller);
        }
        finally
        {
            span.Answered(code);
            _metrics.RecordApiCall(call.Verb, call.Resource, code, _time.GetElapsedTime(started));
        }
    }

    /// <summary>A typed call of the library. Its custom headers are not used by any.</summary>
    protected override async Task<HttpResponseMessage> SendRequest<T>(string relativeUri, HttpMethod method,
        IReadOnlyDictionary<string, IReadOnlyList<string>> customHeaders, T body, CancellationToken cancellationToken)
    {
        var call = ApiCall.OfTyped(method, relativeUri);
        if (body is not null)
            call = call with { Content = JsonSerializer.SerializeToUtf8Bytes(body, Json.GetTypeInfo(body.GetType())) };

        // The library cancels only for the token that it was given: ClusterClients knows whose cancellation that was.
        var response = await SendAsync(call, CancellationToken.None, cancellationToken);
        response.RequestMessage ??= new HttpRequestMessage();
        response.RequestMessage.Options.Set(CallOfRequest, call);
        return response;
    }

    /// <summary>Reads the answer to a typed call: bounded, and cancelled at any byte. The library reads synchronously.</summary>
    protected override async Task<HttpOperationResponse<T>> CreateResultAsync<T>(HttpRequestMessage httpRequest, HttpResponseMessage httpResponse,
        bool? watch, CancellationToken cancellationToken)
    {
        var call = httpRequest.Options.TryGetValue(CallOfRequest, out var sent) ? sent : throw new NotSupportedException("Only typed calls have results.");
        using var answer = new ApiAnswer(call, httpResponse);
        return new() { Body = await answer.ReadAsync(MaxObjectBytes, bytes => Read<T>(call, bytes), CancellationToken.None, cancellationToken) };
    }

    // JSON is UTF-8 (RFC 8259): the type has no parameter.
    protected override MediaTypeHeaderValue GetHeader(object body) => new(base.GetHeader(body).MediaType!);

    /// <summary>Never: its errors carry the request, its error bodies have no bound, and it reads a token once.</summary>
    protected override Task<HttpResponseMessage> SendRequestRaw(string requestContent, HttpRequestMessage httpRequest, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Requests are sent by SendAsync.");

    private static KubernetesClientConfiguration Configure(ClusterConnection connection, string userAgent)
    {
        var configuration = connection.NewConfiguration(userAgent);
        SetJson(configuration, Json);
        return configuration;
    }

    // The public way, AddJsonOptions, begins with a copy of the library's own options, and making those compiles the description of every model.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_JsonSerializerOptions")]
    private static extern void SetJson(KubernetesClientConfiguration configuration, JsonSerializerOptions options);

    private static T Read<T>(ApiCall call, ReadOnlySpan<byte> body)
    {
        try
        {
            var model = JsonSerializer.Deserialize(body, (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T)));
            return ModelJson.FaultOf(model) is { } fault ? throw ApiFailure.Unreadable(call, fault) : model!;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // An escaped lone surrogate is the platform's InvalidOperationException.
            throw ApiFailure.Unreadable(call, failure.Message, failure);
        }
    }

    private async Task<HttpResponseMessage> SendWithCredentialAsync(ApiCall call, CancellationToken cancellationToken)
    {
        var credential = await _connection.GetCredentialAsync(cancellationToken);
        var response = await SendOnceAsync(call, credential, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !_connection.Reject(credential))
            return response;

        // The token was rotated early or revoked: retry once with the current one. A request refused with 401 changed nothing.
        response.Dispose();
        return await SendOnceAsync(call, await _connection.GetCredentialAsync(cancellationToken), cancellationToken);
    }

    private Task<HttpResponseMessage> SendOnceAsync(ApiCall call, ClusterCredential credential, CancellationToken cancellationToken) =>
        HttpClient.SendAsync(NewRequest(call, credential), HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    private HttpRequestMessage NewRequest(ApiCall call, ClusterCredential credential)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(BaseUri, call.PathAndQuery))
        {
            Version = BaseUri.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", call.Accept);
        if (!call.IsFollowing && GatewayTraces.Context is { } context)
            request.Headers.TryAddWithoutValidation("traceparent", context);
        request.Headers.Authorization = credential.Header;
        // The platform takes both the SNI and the name to verify from here.
        if (_connection.ServerName is not null)
            request.Headers.Host = _connection.ServerName;
        if (call.Patch is { Content: ReadOnlyMemory<byte> patch })
            request.Content = new ReadOnlyMemoryContent(patch) { Headers = { ContentType = GetHeader(call.Patch) } };
        else if (call.Content is { } content)
            request.Content = new ReadOnlyMemoryContent(content) { Headers = { ContentType = GetHeader(call) } };
        return request;
    }

    private async Task<KubernetesApiException> RefusalAsync(ApiCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var code = (int)response.StatusCode;
        var status = await ReadStatusAsync(call, response, cancellationToken);
        return new(code, status, RetryAfterOf(response), mayHaveBeenApplied: call.IsWrite && code >= 500);
    }

    private static async Task<V1Status?> ReadStatusAsync(ApiCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(MaxStatusBytes);
        try
        {
            using var body = await new ApiAnswer(call, response).OpenAsync(cancellationToken, cancellationToken);
            var length = await body.ReadAtLeastAsync(bytes.AsMemory(0, MaxStatusBytes), MaxStatusBytes, throwOnEndOfStream: false, cancellationToken);
            return AnswerFormat.Of(response).TryReadStatus(bytes.AsSpan(0, length));
        }
        catch (Exception failure) when (failure is KubernetesApiException or OperationCanceledException)
        {
            // The body is optional: the status code was received and is enough.
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - _time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
