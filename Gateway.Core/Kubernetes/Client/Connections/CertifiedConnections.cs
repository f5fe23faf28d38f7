using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// The open connections to the API server. One that was opened with a client certificate keeps it: after a certificate was refused (401), all
/// are closed once there is another one, as client-go does, since requests over them would be refused until they are closed anyway.
/// </summary>
internal sealed class CertifiedConnections
{
    private readonly Lock _gate = new();
    private readonly HashSet<TrackedStream> _open = [];

    // Written here alone: by the request that was refused, and by the first with another certificate.
    private X509Certificate2? _refused;

    /// <summary>Connects as the platform does.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var stream = new TrackedStream(socket, this);
        lock (_gate)
            _open.Add(stream);
        return stream;
    }

    /// <summary>A request with this certificate was answered with 401.</summary>
    public void Refused(X509Certificate2? certificate)
    {
        if (certificate is null)
            return;
        lock (_gate)
            _refused = certificate;
    }

    /// <summary>The next connections show this certificate.</summary>
    public void Use(X509Certificate2? certificate)
    {
        List<TrackedStream> closing;
        lock (_gate)
        {
            if (_refused is null || certificate is null || _refused.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span))
                return;
            _refused = null;
            closing = [.. _open];
        }

        closing.ForEach(static stream => stream.Dispose());
    }

    private void Forget(TrackedStream stream)
    {
        lock (_gate)
            _open.Remove(stream);
    }

    private sealed class TrackedStream(Socket socket, CertifiedConnections owner) : NetworkStream(socket, ownsSocket: true)
    {
        protected override void Dispose(bool disposing)
        {
            owner.Forget(this);
            base.Dispose(disposing);
        }
    }
}
