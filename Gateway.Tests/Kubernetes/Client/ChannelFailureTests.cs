using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using k8s.Models;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>Whatever the HTTP channel throws, the client's callers know one exception; what they cancelled themselves is no failure.</summary>
public sealed class ChannelFailureTests
{
    private const string ListBegins = """{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","resourceVersion":"1"}},""";
    private const string WatchBegins = """{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}""";
    private const string ObjectBegins = """{"metadata":{"name":"a",""";

    private static readonly V1Lease Lease = new() { Metadata = new() { Name = "l", NamespaceProperty = "registry", ResourceVersion = "1" } };

    private static readonly Dictionary<string, Func<Exception>> Failures = new()
    {
        ["a connection that was refused"] = static () => new HttpRequestException(HttpRequestError.ConnectionError, "refused"),
        ["a bare socket's"] = static () => new SocketException((int)SocketError.NotConnected),
        ["a stream's"] = static () => new IOException("reset", new SocketException((int)SocketError.ConnectionReset)),
        ["HTTP/2's"] = static () => new HttpProtocolException(2, "INTERNAL_ERROR", null),
        ["a disposed connection's"] = static () => new ObjectDisposedException("SslStream"),
        ["TLS'"] = static () => new AuthenticationException("handshake"),
        ["the client's own"] = static () => new InvalidOperationException("The connection is not in a state for that."),
        ["a time-out's"] = static () => new TaskCanceledException("time-out", new TimeoutException()),
        ["an argument's"] = static () => new ArgumentException("argument"),
        ["an unknown one"] = static () => new UnknownException(),
    };

    private static readonly Dictionary<string, (string Body, Func<KubernetesApi, CancellationToken, Task> Call)> Calls = new()
    {
        ["list"] = (ListBegins, static (api, token) => api.ListAsync(ResourceTypes.Services, new(), token)),
        ["probe"] = (ListBegins, static (api, token) => api.ProbeVersionAsync(ResourceTypes.Pods, "", "0", Patience.Limit, token)),
        ["watch"] = (WatchBegins, FollowAsync),
        ["get"] = (ObjectBegins, static (api, token) => api.GetPodAsync("shop", "a", token)),
        ["patch"] = (ObjectBegins, static (api, token) => api.PatchPodAsync("shop", "a", "{}"u8.ToArray(), dryRun: false, token)),
        ["lease"] = (ObjectBegins, static (api, token) => api.UpdateLeaseAsync(Lease, token)),
        ["token review"] = (ObjectBegins, static (api, token) => api.ReviewTokenAsync("t", "a", token)),
        ["access review"] = (ObjectBegins, static (api, token) => api.ReviewAccessAsync(new() { ResourceAttributes = new() { Verb = "get", Resource = "pods" } }, token)),
        ["event"] = (ObjectBegins, static (api, token) => api.CreateEventAsync(new(new("Pod", "shop", "a", "u"), "r", "v", "m", false), token)),
    };

    public static TheoryData<string, string> EveryFailureOfEveryCall => new(Calls.Keys.SelectMany(static call => Failures.Keys.Select(failure => (call, failure))));

    public static TheoryData<string> EveryCall => new(Calls.Keys);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EveryFailureOfEveryCall))]
    public async Task WhatIsThrownBeforeAnAnswerIsAnUnansweredCall(string call, string failure)
    {
        var thrown = await CallAsync(call, new BrokenChannel(Failures[failure])).ShouldThrowAsync<KubernetesApiException>();
        (thrown.StatusCode, thrown.IsUnavailable, thrown.IsUnreadable).ShouldBe((0, true, false));
        thrown.InnerException.ShouldBeOfType(Failures[failure]().GetType());
        thrown.MayHaveBeenApplied.ShouldBe(call is "patch" or "lease" or "event" && failure != "a connection that was refused");
    }

    [Theory]
    [MemberData(nameof(EveryFailureOfEveryCall))]
    public async Task WhatIsThrownInsideAnAnswerIsAnUnansweredCall(string call, string failure)
    {
        var thrown = await CallAsync(call, new BrokenChannel(Failures[failure], Calls[call].Body)).ShouldThrowAsync<KubernetesApiException>();
        (thrown.StatusCode, thrown.IsUnavailable, thrown.IsUnreadable).ShouldBe((0, true, false));
    }

    [Theory]
    [MemberData(nameof(EveryCall))]
    public async Task ARefusalWhosePageBreaksOffIsStillThatRefusal(string call)
    {
        foreach (var failure in Failures.Values)
        {
            var thrown = await CallAsync(call, new BrokenChannel(failure, "<html>", HttpStatusCode.BadGateway)).ShouldThrowAsync<KubernetesApiException>();
            thrown.StatusCode.ShouldBe(502);
        }
    }

    [Theory]
    [MemberData(nameof(EveryCall))]
    public async Task WhatTheCallerCancelledIsNoFailureWhateverIsThrown(string call)
    {
        foreach (var body in new[] { null, Calls[call].Body })
        {
            foreach (var failure in Failures.Values)
            {
                using var cancelled = new CancellationTokenSource();
                var channel = new BrokenChannel(() =>
                {
                    cancelled.Cancel();
                    return failure();
                }, body);
                await CallAsync(call, channel, cancelled.Token).ShouldThrowAsync<OperationCanceledException>();
            }
        }
    }

    [Theory]
    [MemberData(nameof(EveryCall))]
    public async Task AnAnswerThatCannotBeReadIsAFailureOfItsOwnKind(string call)
    {
        var thrown = await CallAsync(call, new BrokenChannel(null, "<html>a proxy's page</html>")).ShouldThrowAsync<KubernetesApiException>();
        thrown.IsUnreadable.ShouldBeTrue();
        thrown.MayHaveBeenApplied.ShouldBe(call is "patch" or "lease" or "event");
    }

    [Fact]
    public async Task LackOfMemoryIsNotTheApiServers() =>
        await CallAsync("list", new BrokenChannel(static () => new OutOfMemoryException())).ShouldThrowAsync<OutOfMemoryException>();

    private static async Task CallAsync(string call, BrokenChannel channel, CancellationToken? cancellationToken = null)
    {
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(new ClusterConnection { BaseAddress = new Uri("https://api.example/"), Channel = channel }, new(), metrics);
        await Calls[call].Call(api, cancellationToken ?? Token);
        channel.Requests.ShouldBe(1);
    }

    private static async Task FollowAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        using var watch = await api.OpenWatchAsync(ResourceTypes.Pods, new WatchRequest { ResourceVersion = "1", Timeout = TimeSpan.FromMinutes(5) }, cancellationToken);
        await foreach (var told in watch.ReadAsync(cancellationToken))
            told.Version.ShouldBe(7ul);
    }

    private sealed class UnknownException : Exception;
}
