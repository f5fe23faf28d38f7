using System.Net;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Samples;

/// <summary>Every consumer that this machine can run sees instances come and go.</summary>
public sealed class ConsumerSampleTests
{
    public static TheoryData<string, string> Runnable()
    {
        var runnable = new TheoryData<string, string>();
        foreach (var (program, sample) in new[] { ("bash", "consume.sh"), ("python3", "consume.py"), ("node", "consume.mjs"), ("java", "Consume.java"), ("dotnet", "Consume.cs"), ("go", "consume.go") })
        {
            if (SampleProcess.IsInstalled(program))
                runnable.Add(program, sample);
        }

        return runnable;
    }

    [Theory]
    [MemberData(nameof(Runnable))]
    public async Task AConsumerSeesInstancesComeAndGo(string program, string sample)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("billing-1", "10.0.0.1");
        registry.Pod("billing-2", "10.0.0.2");
        await registry.RegisterAsync("billing-1", "billing", 9090);
        // Copied away, as its reader would: it stands alone.
        var folder = Directory.CreateTempSubdirectory("sample-");
        try
        {
            var copy = Path.Combine(folder.FullName, sample);
            File.Copy(Path.Combine(SourceTree.Root, "samples", "consumers", sample), copy);
            using var consumer = new SampleProcess(program, [.. program is "dotnet" or "go" ? ["run", copy] : new[] { copy }, registry.Http.BaseAddress!.ToString().TrimEnd('/'), "shop", "billing"]);
            await SeesInstancesComeAndGoAsync(registry, consumer);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task SeesInstancesComeAndGoAsync(TestRegistry registry, SampleProcess consumer)
    {
        await consumer.WaitForLineAsync("10.0.0.1:9090");

        var second = await registry.RegisterAsync("billing-2", "billing", 9090);
        await consumer.WaitForLineAsync("10.0.0.1:9090 10.0.0.2:9090");

        using var answer = await registry.Http.DeleteAsync(new Uri($"/v1/registrations/{second["id"]}?namespace=shop&pod=billing-2", UriKind.Relative), TestContext.Current.CancellationToken).Within();
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await consumer.WaitForLineAsync("10.0.0.1:9090");
    }
}
