using System.Net;
using System.Text;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>A network that fails as the test says: before an answer, or inside its body after some bytes; without a failure the body just ends.</summary>
internal sealed class BrokenChannel(Func<Exception>? failure, string? body = null, HttpStatusCode status = HttpStatusCode.OK) : HttpMessageHandler
{
    /// <summary>Requests that came as far as here.</summary>
    public int Requests { get; private set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        if (body is null)
            throw failure!();
        return Task.FromResult(new HttpResponseMessage(status) { Content = new StreamContent(new BreakingStream(Encoding.UTF8.GetBytes(body), failure)) });
    }

    private sealed class BreakingStream(byte[] bytes, Func<Exception>? failure) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position < Length || failure is null ? base.ReadAsync(buffer, cancellationToken) : throw failure();

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
