using Gateway.Core;
using Gateway.Core.Supervision;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Hosting;

/// <summary>Whichever loop fails, by whatever it did not foresee: it goes on, counted and logged, and the gateway does its work.</summary>
public sealed class BackgroundLoopsTests(EveryLoop every) : IClassFixture<EveryLoop>
{
    public static TheoryData<string> EveryName => new(EveryLoop.Names);

    [Theory]
    [MemberData(nameof(EveryName))]
    public async Task ALoopThatFailsGoesOnCountedAndLoggedAndTheGatewayDoesItsWork(string loop)
    {
        foreach (var unforeseen in new Exception[] { new InvalidOperationException("a bug"), new ObjectDisposedException("SslStream"), new OutOfMemoryException("no memory") })
        {
            var (counted, logged) = (await CountAsync(loop), Logged(loop));
            await every.Faults.FailAsync(loop, unforeseen);
            (await CountAsync(loop)).ShouldBe(counted + 1);
            Logged(loop).ShouldBe(logged + 1);
        }

        var weight = Random.Shared.Next(1, 10_000);
        await every.Gateway.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter", service = "greeting", port = 8080, container = "app", weight });
        await every.Gateway.Http.LookUpUntilAsync("shop", "greeting", all => all.Count == 1 && (int)all[0]["weight"]! == weight, "?status=any");
        every.Gateway.Services.GetRequiredService<LoopSupervisor>().GivenUp.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void EveryLoopThatRunsHasARowHere() => every.Faults.Names.Order(StringComparer.Ordinal).ShouldBe(EveryLoop.Names.Order(StringComparer.Ordinal));

    [Fact]
    public void EveryLoopOfCoreIsRun()
    {
        var pipeline = every.Gateway.Services.GetRequiredService<RegistryPipeline>();
        var run = pipeline.Loops.Select(static loop => NameOf(loop.RunAsync.Target!.GetType())).ToHashSet();
        var loops = typeof(RegistryPipeline).Assembly.GetTypes()
            .Where(static type => type.GetMethod("RunAsync", [typeof(CancellationToken)])?.ReturnType == typeof(Task)).Select(NameOf).ToList();
        loops.Count.ShouldBeGreaterThan(10);
        loops.Where(name => !run.Contains(name)).ShouldBeEmpty();

        static string NameOf(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition().Name : type.Name;
    }

    [Fact]
    public void LoopsAreStartedInTheOrderOfTheFlow()
    {
        var names = every.Gateway.Services.GetRequiredService<RegistryPipeline>().Loops.Select(static loop => loop.Name).ToList();
        names.IndexOf("informer-pods").ShouldBeLessThan(names.IndexOf("projector"));
        names.IndexOf("projector").ShouldBeLessThan(names.IndexOf("election"));
        names.ShouldBeUnique();
    }

    private async Task<double> CountAsync(string loop)
    {
        var read = PrometheusText.Read(await every.Gateway.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken).Within(), false);
        return read.Families.Values.SelectMany(static family => family.Samples)
            .Where(sample => sample.Name == "registry_gateway_loop_failures_total" && sample.Labels["loop"] == loop).Sum(static sample => sample.Value);
    }

    private int Logged(string loop) => every.Logs.Lines.Count(line => line.Id == 2300 && line.Members["Loop"] == loop);
}
