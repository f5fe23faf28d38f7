using System.Net;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Replicas;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Outages;

/// <summary>A gateway whose log cannot be written: it loses lines, never an answer.</summary>
public sealed class LogOutputTests
{
    private const int Calls = 300;

    /// <summary>With these a line is written for each step of each call, so that a pipe that is not read is full after a few calls.</summary>
    private static readonly (string, string)[] Verbose =
    [
        ("Logging:LogLevel:Default", "Debug"), ("Logging:LogLevel:Microsoft.AspNetCore", "Debug"), ("Logging:Console:MaxQueueLength", "100"),
    ];

    [Fact]
    public Task AClosedStandardOutputCostsNoAnswer() => GoesOnAsync(ReplicaOutput.Closed);

    [Fact]
    public Task AFullDiskForLogsCostsNoAnswer() => GoesOnAsync(ReplicaOutput.Full);

    [Fact]
    public Task AStandardOutputThatIsNotReadCostsNoAnswer() => GoesOnAsync(ReplicaOutput.Unread);

    private static async Task GoesOnAsync(ReplicaOutput output)
    {
        await using var small = await SmallCluster.StartAsync();
        small.Node("node-1", "zone-a");
        small.Pod("greeter-1", "10.0.0.1");
        await using var replica = await ReplicaProcess.StartAsync(small.Cluster.Url, output, Verbose);
        await using var stream = await StreamReader.OpenAsync(replica.Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");
        for (var call = 0; call < Calls; call++)
        {
            if (call % 10 == 0)
                await replica.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080, weight = 1000 + call });
            (await replica.Http.LookUpAsync("shop", "greeting")).Count.ShouldBe(1);
        }

        (await stream.UntilAsync(static change => (int?)change.Data["weight"] == 1000 + Calls - 10)).Name.ShouldBeOneOf("added", "modified");
        (await replica.Http.LookUpAsync("shop", "greeting")).Select(static one => (string)one["id"]!).ShouldBe(ProcessLoad.Stored(small));
        await replica.Http.GetJsonAsync("/readyz", HttpStatusCode.OK);
        (await replica.TerminateAsync()).ShouldBe(0);
    }
}
