using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Results;

switch (args)
{
    case ["parts", .. var rest]:
        {
            // In this very process: the servers that are measured are already warm, and nothing is built or restored.
            var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
            BenchmarkSwitcher.FromAssembly(typeof(CommandTable).Assembly).Run(rest, DefaultConfig.Instance.AddJob(job).WithArtifactsPath("artifacts/benchmarks"));
            return 0;
        }

    // What the program starts itself as, for a run: each ends with its input.
    case ["serve-cluster", .. var numbers]:
        {
            int[] shape = [.. numbers.Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];
            await using var cluster = await new FakeApiServer(new(shape[0], shape[1], shape[2])).StartAsync();
            Console.WriteLine(cluster.Urls.First() + "/");
            await Console.In.ReadToEndAsync();
            return 0;
        }

    case ["serve-bare"]:
        {
            var (answering, control) = await new BareServer().StartAsync();
            Console.WriteLine($"{string.Join(' ', answering.Urls)} {control.Urls.First()}");
            await Console.In.ReadToEndAsync();
            return 0;
        }

    case ["serve-load"]:
        return await LoadHost.RunAsync(Console.In, Console.Out);
}

if (Arguments.Parse(args, out var fault) is not { } arguments)
{
    Console.Error.WriteLine(fault);
    return 2;
}

return await CommandTable.RunAsync(arguments, Run.Begin(arguments.Measured), Console.Out, Console.Error);
