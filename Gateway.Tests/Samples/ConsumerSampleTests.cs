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
            using var consumer = Start(program, copy, registry.Http.BaseAddress!);
            await SeesInstancesComeAndGoAsync(registry, consumer);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Runnable))]
    public async Task AConsumerShowsWhyItIsRefusedAndWhatItCannotReach(string program, string sample)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:Lookup", "Rbac")]);
        registry.Pod("billing-1", "10.0.0.1");
        await registry.RegisterAsync("billing-1", "billing", 9090);
        var folder = Directory.CreateTempSubdirectory("sample-");
        try
        {
            var copy = Path.Combine(folder.FullName, sample);
            File.Copy(Path.Combine(SourceTree.Root, "samples", "consumers", sample), copy);
            var token = Path.Combine(folder.FullName, "token");
            await File.WriteAllTextAsync(token, registry.Cluster.IssueToken("shop", "default", "billing-1", ["registry-gateway"]) + "\n", TestContext.Current.CancellationToken);
            using (var refused = Start(program, copy, registry.Http.BaseAddress!))
                (await refused.WaitForErrorAsync("refused: ")).ShouldContain("token");
            using (var allowed = Start(program, copy, registry.Http.BaseAddress!, token))
                await allowed.WaitForLineAsync("10.0.0.1:9090");
            using var unreached = Start(program, copy, new Uri("http://127.0.0.1:1"));
            await unreached.WaitForErrorAsync(program == "bash" ? "curl: (7) " : "not reached: ");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SampleProcess Start(string program, string file, Uri gateway, string? tokenFile = null) =>
        new(program, [.. program is "dotnet" or "go" ? ["run", file] : new[] { file }, gateway.ToString().TrimEnd('/'), "shop", "billing"], tokenFile);

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
