using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Gateway.Benchmarks.Parts;

/// <summary>The small parts, by BenchmarkDotNet: <c>parts --filter '*'</c>.</summary>
internal static class PartsCommand
{
    public static void Run(string[] args)
    {
        // In this very process: the servers that are measured are already warm, and nothing is built or restored.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        BenchmarkSwitcher.FromAssembly(typeof(PartsCommand).Assembly).Run(args, DefaultConfig.Instance.AddJob(job).WithArtifactsPath("artifacts/benchmarks"));
    }
}
