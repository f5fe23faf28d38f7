using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Facades.Clients;

/// <summary>
/// A client of another registry in a Node.js process of its own. Its script, beside this file, gets its configuration as the first argument, does what each line
/// of its input says, and prints one JSON object a line for whatever happens.
/// </summary>
internal sealed class NodeClient : IAsyncDisposable
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "Gateway.Tests", "Facades", "Clients");
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    private readonly Process _process;
    private readonly Channel<JsonNode> _events = Channel.CreateUnbounded<JsonNode>();
    private readonly List<string> _seen = [];
    private readonly List<JsonNode> _happened = [];

    private NodeClient(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static async Task<NodeClient> StartAsync(string script, object configuration)
    {
        await Installed.Value;
        return new NodeClient(new Process
        {
            StartInfo = new ProcessStartInfo("node", [Path.Combine(Folder, script), JsonSerializer.Serialize(configuration)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Folder,
            },
        });
    }

    /// <summary>Does what the script has for that line.</summary>
    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next event that meets the condition; those before it are passed over.</summary>
    public async Task<JsonNode> WaitForAsync(string name, Func<JsonNode, bool>? met = null)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        try
        {
            while (true)
            {
                var happened = await _events.Reader.ReadAsync(deadline.Token);
                if ((string?)happened["event"] == name && met?.Invoke(happened) != false)
                    return happened;
            }
        }
        catch (Exception ended) when (ended is ChannelClosedException || (ended is OperationCanceledException && deadline.IsCancellationRequested))
        {
            lock (_seen)
                throw new InvalidOperationException($"The client did not say '{name}', but:\n{string.Join('\n', _seen.TakeLast(40))}");
        }
    }

    /// <summary>Whether there was such an event, also among those that were passed over.</summary>
    public bool HasSaid(string name, Func<JsonNode, bool> met)
    {
        lock (_seen)
            return _happened.Any(one => (string?)one["event"] == name && met(one));
    }

    public ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _events.Writer.TryComplete();
            return;
        }

        Note(line);
        if (!line.StartsWith('{'))
            return;
        var happened = JsonNode.Parse(line)!;
        lock (_seen)
            _happened.Add(happened);
        _events.Writer.TryWrite(happened);
    }

    private void Note(string? line)
    {
        lock (_seen)
            _seen.Add(line ?? "");
    }

    /// <summary>The packages of the lock file, once; the build machine has them already.</summary>
    private static async Task InstallAsync()
    {
        if (File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json")))
            return;
        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund"]) { WorkingDirectory = Folder, RedirectStandardError = true })!;
        var errors = npm.StandardError.ReadToEndAsync();
        await npm.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        npm.ExitCode.ShouldBe(0, await errors);
    }
}
