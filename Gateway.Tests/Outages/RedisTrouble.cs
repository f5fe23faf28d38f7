using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Tests.Redis;

namespace Gateway.Tests.Outages;

/// <summary>What happens to a Redis in the field: it hangs, drops its clients, loses its data, is restarted. Its process is signalled by its own id.</summary>
internal sealed partial class RedisTrouble(RedisUnderTest redis)
{
    private int? _stopped;

    /// <summary>Nothing answers any more, and no connection is closed.</summary>
    public async Task HangAsync()
    {
        var process = int.Parse(ProcessId().Match(await SendAsync("INFO server")).Groups[1].Value, CultureInfo.InvariantCulture);
        await SignalAsync("-STOP", process);
        _stopped = process;
    }

    public Task DropClientsAsync() => SendAsync("CLIENT KILL TYPE normal");

    public Task FlushAsync() => SendAsync("FLUSHALL");

    public async Task RestartAsync()
    {
        await redis.KillAsync();
        await redis.StartAgainAsync();
    }

    /// <summary>Ends a hang.</summary>
    public async Task HealAsync()
    {
        if (_stopped is not { } process)
            return;
        _stopped = null;
        await SignalAsync("-CONT", process);
    }

    private static async Task SignalAsync(string signal, int process)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().Within();
        kill.ExitCode.ShouldBe(0);
    }

    /// <summary>Over a connection of its own, as netcat would; the beginning of the answer.</summary>
    private async Task<string> SendAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, redis.Port).Within();
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n")).AsTask().Within();
        var answer = new byte[4_096];
        var read = await stream.ReadAtLeastAsync(answer, 1).AsTask().Within();
        var text = Encoding.ASCII.GetString(answer, 0, read);
        text.ShouldNotStartWith("-");
        return text;
    }

    [GeneratedRegex(@"process_id:(\d+)")]
    private static partial Regex ProcessId();
}
