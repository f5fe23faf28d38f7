using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Outages;

/// <summary>
/// A load balancer in front of one server, without a look at what passes: while it has no backend it takes every connection and resets it at
/// once (SO_LINGER 0), as such machines do.
/// </summary>
internal sealed class Balancer : IAsyncDisposable
{
    private TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private CancellationTokenSource _flowing = new();
    private bool _holdsNew;
    private volatile int _dripMilliseconds;
    private Frozen _frozen;
    private long _left = long.MaxValue;
    private readonly int _backend;
    private Task _accepting;
    private bool _hasBackend = true;
    private int _resets;

    public Balancer(Uri backend)
    {
        _backend = backend.Port;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    /// <summary>Connections that were taken and reset at once.</summary>
    public int Resets => Volatile.Read(ref _resets);

    /// <summary>Resets every connection that is open, and every one that comes.</summary>
    public void LoseBackend()
    {
        lock (_gate)
        {
            _hasBackend = false;
            foreach (var socket in _open)
                Reset(socket);
            _open.Clear();
        }
    }

    /// <summary>
    /// Open connections stay open and carry nothing any more in these directions, without a FIN; so do new ones where these are held as well.
    /// </summary>
    public void FreezeOpen(bool alsoNew, Frozen directions = Frozen.Both)
    {
        lock (_gate)
        {
            _frozen = directions;
            _holdsNew = alsoNew;
            _flowing.Cancel();
            if (!alsoNew)
                _flowing = new();
        }
    }

    /// <summary>New connections are good; those that are frozen stay so.</summary>
    public void AdmitNew()
    {
        lock (_gate)
            (_holdsNew, _flowing) = (false, new());
    }

    /// <summary>Resets every open connection; new ones are good.</summary>
    public void ResetOpen()
    {
        LoseBackend();
        RegainBackend();
    }

    /// <summary>What comes from the server is handed on a byte at a time, this long apart; zero: at once.</summary>
    public void Drip(TimeSpan each) => _dripMilliseconds = (int)each.TotalMilliseconds;

    /// <summary>The connection that carries the byte after so many more from the server is closed before it: within a frame, most likely.</summary>
    public void CutAfter(int bytes) => Interlocked.Exchange(ref _left, bytes);

    /// <summary>Resets every open connection; new ones are refused, as nothing listens.</summary>
    public async Task ClosePortAsync()
    {
        _listener.Stop();
        await _accepting.Within();
        ResetOpen();
    }

    public void OpenPort()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public void RegainBackend()
    {
        lock (_gate)
            _hasBackend = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        LoseBackend();
        await _accepting.Within();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            Socket caller;
            try
            {
                caller = await _listener.AcceptSocketAsync(_ending.Token);
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            if (TryKeep(caller))
                _ = Task.Run(() => ConnectAsync(caller));
            else
                Interlocked.Increment(ref _resets);
        }
    }

    private bool TryKeep(Socket socket)
    {
        lock (_gate)
        {
            if (_hasBackend)
                return _open.Add(socket);
            Reset(socket);
            return false;
        }
    }

    private async Task ConnectAsync(Socket caller)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.NoDelay = true;
        CancellationToken flowing;
        lock (_gate)
            flowing = _flowing.Token;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _backend, _ending.Token);
            if (!TryKeep(server))
                return;
            await Task.WhenAny(PumpAsync(caller, server, flowing, Frozen.ToServer), PumpAsync(server, caller, flowing, Frozen.FromServer));
        }
        catch (Exception broken) when (broken is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either end has gone; so does the other.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(caller);
                _open.Remove(server);
            }

            caller.Dispose();
            server.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken flowing, Frozen direction)
    {
        var buffer = new byte[16 * 1024];
        var isFromServer = direction == Frozen.FromServer;
        try
        {
            while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var read)
            {
                if (flowing.IsCancellationRequested && (_frozen & direction) != 0)
                    await Task.Delay(Timeout.InfiniteTimeSpan, _ending.Token);
                var left = isFromServer ? Interlocked.Read(ref _left) : long.MaxValue;
                var ends = left < read;
                if (ends)
                {
                    read = (int)left;
                    Interlocked.Exchange(ref _left, long.MaxValue);
                }
                else if (left != long.MaxValue)
                {
                    Interlocked.Add(ref _left, -read);
                }

                for (var sent = 0; sent < read;)
                {
                    var wait = isFromServer ? _dripMilliseconds : 0;
                    sent += await to.SendAsync(buffer.AsMemory(sent, wait > 0 ? 1 : read - sent), _ending.Token);
                    if (wait > 0)
                        await Task.Delay(wait, _ending.Token);
                }

                if (ends)
                    return;
            }
        }
        catch (Exception broken) when (broken is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either end has gone.
        }
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}

/// <summary>In which directions a connection carries nothing.</summary>
[Flags]
public enum Frozen
{
    ToServer = 1,
    FromServer = 2,
    Both = 3,
}
