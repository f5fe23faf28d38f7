using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>The answer to a call for one object is that object, of its kind and of a bounded size, or it is no answer.</summary>
public sealed class SingleObjectTests
{
    private const int Megabyte = 1024 * 1024;
    private const int MaxAnswer = 16 * Megabyte;

    // What may be on its way in the buffers of both ends when the client drops the connection.
    private const int InBuffers = 16 * Megabyte;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[]}""")]
    [InlineData("""{"kind":"PodList","apiVersion":"v1","metadata":{"name":"a","namespace":"shop","resourceVersion":"9"},"items":[{"metadata":{"name":"a"}}]}""")]
    [InlineData("""{"metadata":{"name":"a","namespace":"shop","resourceVersion":"9"},"items":[],"kind":"PodList"}""")]
    [InlineData("""{"kind":"Node","metadata":{"name":"a","resourceVersion":"9"}}""")]
    [InlineData("""{"kind":"Status","metadata":{"name":"a"},"status":"Success"}""")]
    [InlineData("""{"kind":7,"metadata":{"name":"a"}}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("""<html></html>""")]
    [InlineData("")]
    public async Task AnAnswerOfAnotherKindIsNone(string body)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var getting = fixture.Api.GetPodAsync("shop", "a", Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, body);
        var failure = await getting.ShouldThrowAsync<KubernetesApiException>();
        (failure.StatusCode, failure.IsUnavailable, failure.MayHaveBeenApplied).ShouldBe((0, true, false));
    }

    [Fact]
    public async Task AWriteWhoseAnswerIsOfAnotherKindMayHaveBeenApplied()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var patching = fixture.Api.PatchPodAsync("shop", "a", "{}"u8.ToArray(), dryRun: false, Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, Wire.List(9));
        (await patching.ShouldThrowAsync<KubernetesApiException>()).MayHaveBeenApplied.ShouldBeTrue();
    }

    [Fact]
    public async Task APodOfWhichOnlyTheMetadataCanBeReadIsStillThatPod()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var getting = fixture.Api.GetPodAsync("shop", "a", Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, Wire.UndecodablePod("a", 9));
        var pod = (await getting).ShouldNotBeNull();
        (pod.Metadata.Name, pod.Unreadable).ShouldBe(("a", true));
    }

    [Fact]
    public async Task AMetadataOnlyObjectIsOfItsKind()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var getting = fixture.Api.GetAsync(ResourceTypes.Nodes, "", "n1", Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, """{"kind":"PartialObjectMetadata","metadata":{"name":"n1","resourceVersion":"4"}}""");
        (await getting).ShouldNotBeNull().Metadata.Name.ShouldBe("n1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAnswerOf64MegabytesIsNotReadToItsEnd(bool tellsItsLength)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var metrics = new GatewayMetrics();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        using var api = new KubernetesApi(new() { BaseAddress = address, NeverUsesProxy = true }, new KubernetesOptions(), metrics);
        var sending = SendUntilDroppedAsync(listener, 64, tellsItsLength);

        (await api.GetPodAsync("shop", "a", Token).ShouldThrowAsync<KubernetesApiException>()).StatusCode.ShouldBe(0);
        (await sending.Within()).ShouldBeLessThan(MaxAnswer + InBuffers);
    }

    [Fact]
    public async Task AnAnswerJustWithinTheLimitIsRead()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var getting = fixture.Api.GetPodAsync("shop", "a", Token);
        var pod = Wire.Pod("a", 9);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, pod + new string(' ', MaxAnswer - pod.Length));
        (await getting).ShouldNotBeNull().Metadata.Name.ShouldBe("a");
    }

    /// <summary>Answers one request with a pod of so many megabytes, over a bare connection: what it took is what was sent.</summary>
    private static async Task<long> SendUntilDroppedAsync(TcpListener listener, int megabytes, bool tellsItsLength)
    {
        using var client = await listener.AcceptTcpClientAsync(Token);
        var stream = client.GetStream();
        var request = new byte[4096];
        var read = 0;
        while (!request.AsSpan(0, read).EndsWith("\r\n\r\n"u8))
            read += await stream.ReadAsync(request.AsMemory(read), Token);

        var piece = Encoding.ASCII.GetBytes(new string(' ', Megabyte));
        var length = tellsItsLength ? $"Content-Length: {megabytes * Megabyte}" : "Transfer-Encoding: chunked";
        var sent = 0L;
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n\r\n"), Token);
            for (var i = 0; i < megabytes; i++)
            {
                if (!tellsItsLength)
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"{Megabyte:x}\r\n"), Token);
                await stream.WriteAsync(piece, Token);
                sent += piece.Length;
                if (!tellsItsLength)
                    await stream.WriteAsync("\r\n"u8.ToArray(), Token);
            }
        }
        catch (IOException)
        {
            // Dropped.
        }

        return sent;
    }
}
