using System.Globalization;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Parts;

switch (args)
{
    case ["parts", .. var rest]:
        PartsCommand.Run(rest);
        return 0;

    // What the program starts itself as, for a run: each ends with its input.
    case ["serve-cluster", var pods, var services]:
        {
            await using var cluster = await new FakeApiServer(new(int.Parse(pods, CultureInfo.InvariantCulture), int.Parse(services, CultureInfo.InvariantCulture))).StartAsync();
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

return await CommandTable.RunAsync(arguments, Console.Out, Console.Error);
