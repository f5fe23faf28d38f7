using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Gateway.Tests.Redis;

/// <summary>A way to a port of loopback on which every byte takes <see cref="OneWay"/> longer, in either direction, as over a long line.</summary>
internal sealed class SlowLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _backend;
    private readonly Task _accepting;
    private long _oneWay;

    public SlowLink(int backend)
    {
        _backend = backend;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public TimeSpan OneWay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _oneWay));
        set => Volatile.Write(ref _oneWay, value.Ticks);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        try
        {
            while (true)
                carried.Add(CarryAsync(await _listener.AcceptSocketAsync(_ending.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(carried);
        }
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, _backend, _ending.Token);
                await await Task.WhenAny(CarryAsync(near, far), CarryAsync(far, near));
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException)
            {
            }
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        var line = Channel.CreateUnbounded<(byte[] Bytes, long Sent)>();
        var arriving = ArriveAsync(line.Reader, to);
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var read)
                line.Writer.TryWrite((buffer[..read], TimeProvider.System.GetTimestamp()));
        }
        finally
        {
            line.Writer.Complete();
        }

        await arriving;
    }

    private async Task ArriveAsync(ChannelReader<(byte[] Bytes, long Sent)> line, Socket to)
    {
        try
        {
            await foreach (var (bytes, sent) in line.ReadAllAsync(_ending.Token))
            {
                if (OneWay - TimeProvider.System.GetElapsedTime(sent) is { Ticks: > 0 } left)
                    await Task.Delay(left, _ending.Token);
                await to.SendAsync(bytes, _ending.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }
}
