using System.Diagnostics;
using Gateway.Tests.Chart;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Samples;

/// <summary>
/// A shell script of a sample manifest as the container would run it; only the token's path, the gateway's address and the container's output
/// are the test's.
/// </summary>
internal sealed class SampleScript : IDisposable
{
    private readonly Process _process;
    private readonly string _log;

    private SampleScript(Process process, string log) => (_process, _log) = (process, log);

    /// <summary>What the container's log would hold.</summary>
    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <param name="manifest">A file of samples/kubernetes.</param>
    /// <param name="path">Where the command stands in the pod's spec: names and list indices.</param>
    /// <param name="gateway">What the variable REGISTRY says.</param>
    /// <param name="tokenFile">Stands for the projected token.</param>
    public static SampleScript Start(string manifest, object[] path, Uri gateway, string tokenFile)
    {
        var file = File.ReadAllText(Path.Combine(SourceTree.Root, "samples", "kubernetes", manifest));
        object? at = HelmChart.Map(HelmChart.Map(HelmChart.Map(YamlTree.Read(file))["spec"])["template"])["spec"];
        foreach (var step in path)
            at = step is int index ? ((List<object?>)at!)[index] : HelmChart.Map(at)[(string)step];
        var command = ((List<object?>)at!).Cast<string>().ToArray();
        command[^1].ShouldContain("/var/run/secrets/registry/token");
        var log = tokenFile + ".log";
        var script = command[^1].Replace("/var/run/secrets/registry/token", tokenFile, StringComparison.Ordinal).Replace(">/proc/1/fd/1", $">>{log}", StringComparison.Ordinal);
        return new(Process.Start(new ProcessStartInfo(command[0], [.. command[1..^1], $"exec >>{log} 2>&1\n{script}"])
        {
            Environment = { ["REGISTRY"] = gateway.ToString().TrimEnd('/'), ["NO_PROXY"] = "*" },
        })!, log);
    }

    /// <summary>As the kubelet ends a container: SIGTERM.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync().Within();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
