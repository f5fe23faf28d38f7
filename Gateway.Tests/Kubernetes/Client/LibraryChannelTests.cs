using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>KubernetesClient sends through our channel: what the library does by itself to connections does not happen.</summary>
public sealed class LibraryChannelTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new("cluster");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void TheLibraryGetsNoCertificateAndNoAuthorityOfItsOwn()
    {
        var configuration = InPod().NewConfiguration("agent");

        configuration.SslCaCerts.ShouldBeNull();
        configuration.SkipTlsVerify.ShouldBeFalse();
        (configuration.ClientCertificateData, configuration.ClientCertificateKeyData).ShouldBe((null, null));
        (configuration.ClientCertificateFilePath, configuration.ClientKeyFilePath).ShouldBe((null, null));
        (configuration.AccessToken, configuration.Username, configuration.Password).ShouldBe((null, null, null));
        configuration.HttpClientTimeout.ShouldBe(Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void TheChannelOfTheLibraryIsSetUpAsOurs()
    {
        var connection = InPod();
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = true, UseCookies = true };
        connection.NewConfiguration("agent").FirstMessageHandlerSetup(handler);

        (handler.AllowAutoRedirect, handler.UseCookies, handler.AutomaticDecompression).ShouldBe((false, false, DecompressionMethods.None));
        (handler.ConnectTimeout, handler.PooledConnectionLifetime).ShouldBe((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10)));
        (handler.KeepAlivePingDelay, handler.KeepAlivePingTimeout).ShouldBe((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(15)));
        (handler.MaxResponseDrainSize, handler.EnableMultipleHttp2Connections).ShouldBe((0, true));
        handler.ActivityHeadersPropagator.ShouldBeNull();
        handler.SslOptions.RemoteCertificateValidationCallback.ShouldBe(connection.Trust!.Validate);
    }

    [Theory]
    [InlineData(SslPolicyErrors.None)]
    [InlineData(SslPolicyErrors.RemoteCertificateChainErrors)]
    public void ACertificateThatThePlatformTrustsIsRefusedUnlessTheClustersAuthorityIssuedIt(SslPolicyErrors verdict)
    {
        using var other = new TestAuthority("public");
        using var handler = new SocketsHttpHandler();
        InPod().NewConfiguration("agent").FirstMessageHandlerSetup(handler);
        var validate = handler.SslOptions.RemoteCertificateValidationCallback.ShouldNotBeNull();

        using var publiclyTrusted = other.IssueServer("127.0.0.1");
        if (verdict == SslPolicyErrors.None)
        {
            using var chain = new X509Chain();
            k8s.Kubernetes.CertificateValidationCallBack(this, [_authority.Certificate], publiclyTrusted, chain, verdict).ShouldBeTrue("the library's own validation");
        }

        validate(this, publiclyTrusted, null, verdict).ShouldBeFalse();
        using var ofTheCluster = _authority.IssueServer("127.0.0.1");
        validate(this, ofTheCluster, null, verdict).ShouldBeTrue();
    }

    [Fact]
    public async Task OurValidationIsTheOneThatTheLibraryUses()
    {
        using var other = new TestAuthority("other");
        await using var server = await TlsApiServer.StartAsync(other.IssueServer("127.0.0.1"));
        var asked = 0;
        var connection = new ClusterConnection
        {
            BaseAddress = new Uri($"https://127.0.0.1:{server.Port}/"),
            NeverUsesProxy = true,
            Trust = new ServerTrust(TimeProvider.System, () =>
            {
                asked++;
                return [_authority.Certificate];
            }),
        };
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(connection, new KubernetesOptions(), metrics);

        await api.GetPodAsync("shop", "a", Token).ShouldThrowAsync<KubernetesApiException>();

        (asked > 0, server.Requests).ShouldBe((true, 0));
    }

    [Fact]
    public async Task ARedirectIsARefusalAndItsTargetIsNotAsked()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reviewing = fixture.Api.ReviewTokenAsync("t", "a", Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(302, "", ("Location", "/elsewhere"));

        (await reviewing.ShouldThrowAsync<KubernetesApiException>()).StatusCode.ShouldBe(302);
        fixture.Server.Received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ACookieIsNotKept()
    {
        await using var fixture = await ApiFixture.StartAsync();
        foreach (var call in new[] { 1, 2 })
        {
            var getting = fixture.Api.GetPodAsync("shop", "a", Token);
            var request = await fixture.Server.NextAsync();
            request.Header("Cookie").ShouldBeNull();
            await request.AnswerAsync(200, Wire.Pod("a", (ulong)call), ("Set-Cookie", "session=1"));
            await getting;
        }
    }

    [Fact]
    public async Task ASpanOfAStrangerIsNotSentAlong()
    {
        await using var fixture = await ApiFixture.StartAsync();
        using var stranger = new Activity("stranger").SetIdFormat(ActivityIdFormat.W3C).Start();
        stranger.SetBaggage("who", "stranger");
        var getting = fixture.Api.GetPodAsync("shop", "a", Token);
        var request = await fixture.Server.NextAsync();
        (request.Header("traceparent"), request.Header("baggage"), request.Header("Correlation-Context")).ShouldBe((null, null, null));
        await request.AnswerAsync(200, Wire.Pod("a", 1));
        await getting;
    }

    [Fact]
    public void NoTokenIsInWhatACredentialSaysOfItself() =>
        new ClusterCredential("secret-of-the-gateway", null).ToString().ShouldNotContain("secret");

    public void Dispose()
    {
        _directory.Dispose();
        _authority.Dispose();
    }

    private ClusterConnection InPod()
    {
        _directory.Write("token", "t");
        _directory.Write("ca.crt", _authority.Pem);
        return InClusterConnection.Open(_directory.Path, static name => name == "KUBERNETES_SERVICE_HOST" ? "127.0.0.1" : "443", TimeProvider.System);
    }
}
