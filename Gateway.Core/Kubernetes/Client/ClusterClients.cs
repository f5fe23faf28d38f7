using System.Reflection;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The only door to the API server: KubernetesClient in two instances. Lists and watches have connections of their own, so that a write never
/// waits behind a list. Every failure is a <see cref="KubernetesApiException"/>.
/// </summary>
internal sealed class ClusterClients : IDisposable
{
    // The API server times out every request except a watch after 60 s.
    private static readonly TimeSpan ActLimit = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly ClusterClient _following;
    private readonly ClusterClient _acting;

    public ClusterClients(ClusterConnection connection, string? instanceName, TimeProvider time, GatewayMetrics metrics)
    {
        _time = time;
        var userAgent = string.IsNullOrEmpty(instanceName) ? $"registry-gateway/{Version}" : $"registry-gateway/{Version} ({instanceName})";
        _following = new(connection, userAgent, time, metrics);
        _acting = new(connection, userAgent, time, metrics);
    }

    /// <summary>
    /// Sends the request and returns the response with its body unread; the caller disposes it. The time limit covers the response headers.
    /// </summary>
    public async Task<ApiAnswer> OpenAsync(ApiCall call, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var response = await (call.IsFollowing ? _following : _acting).SendAsync(call, cancellationToken, both.Token);
        return new(call, response);
    }

    /// <summary>Sends the request and decodes its whole answer, in whichever format it is; the time limit covers both.</summary>
    public async Task<T> ActAsync<T>(ApiCall call, int maxBytes, AnswerDecoder<T> decode, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(ActLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var answer = new ApiAnswer(call, await _acting.SendAsync(call, cancellationToken, both.Token));
        return await answer.ReadAsync(maxBytes, bytes => decode(answer.Format, bytes), cancellationToken, both.Token);
    }

    /// <summary>A typed call of KubernetesClient; the time limit covers its answer as well.</summary>
    public async Task<T> CallAsync<T>(Func<k8s.IKubernetes, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(ActLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await call(_acting, both.Token);
        }
        catch (KubernetesApiException failure) when (failure is { StatusCode: 0, IsUnreadable: false } && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The call was cancelled.", failure.InnerException, cancellationToken);
        }
    }

    public void Dispose()
    {
        _following.Dispose();
        _acting.Dispose();
    }

    private static string Version { get; } = typeof(ClusterClients).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0] ?? "0";
}

/// <summary>Makes an object of an answer's bytes, which are valid during the call.</summary>
internal delegate T AnswerDecoder<out T>(AnswerFormat format, ReadOnlySpan<byte> body);
