using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Support;

/// <summary>Ports of loopback for servers that have to know theirs before they start, or that start again under the same one.</summary>
internal static class LoopbackPort
{
    // Below the ports that the system gives to connections: one of those might have the port while its server is away.
    private const int First = 20_000;
    private const int Count = 12_000;

    // Another process of tests begins elsewhere.
    private static int _taken = Random.Shared.Next(Count);

    /// <summary>A port that was free a moment ago, and that no other caller in this process gets.</summary>
    public static int Free()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _taken) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // A server of another process has it.
            }
        }

        throw new InvalidOperationException($"No port of loopback from {First} to {First + Count} is free.");
    }
}
