using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// In this very process: the servers that are measured are already warm, and nothing is built or restored.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(Gateway.Benchmarks.LookupBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(job).WithArtifactsPath("artifacts/benchmarks"));
