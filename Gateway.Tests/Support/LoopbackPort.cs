using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Support;

/// <summary>For processes that have to be told their port before they start.</summary>
internal static class LoopbackPort
{
    /// <summary>A port that was free a moment ago.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
