using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Registration;
using Gateway.Tests.Kubernetes.Client;

namespace Gateway.Tests.Registration;

/// <summary>A search that comes to nothing is an API server that could not be asked, for everyone who waits for it.</summary>
public sealed class LivePodSearchTests : IDisposable
{
    private static readonly RegistrationId Id = RegistrationId.Parse("00000000000000000000000000000001");

    private readonly GatewayMetrics _metrics = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task AnAnswerThatCannotBeReadIsAFailureOfTheApiServer()
    {
        using var api = NewApi(new BrokenChannel(null, "<html>a proxy's page</html>"));
        (await Search(api).FindAsync(Id, CancellationToken.None).Within().ShouldThrowAsync<KubernetesApiException>()).IsUnreadable.ShouldBeTrue();
    }

    [Fact]
    public async Task ASearchThatTakesTooLongIsNotTheCancellationOfThoseWhoWait()
    {
        using var api = NewApi(new SilentChannel());
        var found = Search(api).FindAsync(Id, CancellationToken.None);
        await _time.WaitForTimerAsync(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        (await found.Within().ShouldThrowAsync<KubernetesApiException>()).IsUnavailable.ShouldBeTrue();
    }

    [Fact]
    public async Task TheNextSearchIsMadeAfterOneThatFailed()
    {
        using var api = NewApi(new BrokenChannel(static () => new InvalidOperationException()));
        var search = Search(api);
        for (var i = 0; i < 3; i++)
            await search.FindAsync(Id, CancellationToken.None).Within().ShouldThrowAsync<KubernetesApiException>();
    }

    [Fact]
    public async Task AFailureThatIsNoneOfTheApiServersIsCountedAndReachesThoseWhoAskedAndTheNextSearchIsMade()
    {
        using var counted = new MetricsRecorder();
        using var metrics = new GatewayMetrics(counted);
        var channel = new BrokenChannel(static () => new OutOfMemoryException("injected"));
        using var api = NewApi(channel);
        var annotations = new AnnotationOptions();
        var loops = Supervised.Loops(_time, metrics);
        var search = new LivePodSearch(api, new KubernetesOptions(), annotations, new PodRecordReader(annotations), loops, _time);
        for (var failure = 1; failure <= 3; failure++)
        {
            await search.FindAsync(Id, CancellationToken.None).Within().ShouldThrowAsync<OutOfMemoryException>();
            await loops.SettleAsync().Within();
            channel.Requests.ShouldBe(failure);
            counted["registry.loop.failures loop=pod-search"].ShouldBe(failure);
        }
    }

    private KubernetesApi NewApi(HttpMessageHandler channel) => new(new ClusterConnection { BaseAddress = new Uri("https://api.example/"), Channel = channel }, new(), _metrics);

    private LivePodSearch Search(KubernetesApi api)
    {
        var annotations = new AnnotationOptions();
        return new LivePodSearch(api, new KubernetesOptions(), annotations, new PodRecordReader(annotations), Supervised.Loops(_time, _metrics), _time);
    }

    private sealed class SilentChannel : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
