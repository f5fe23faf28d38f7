using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>An operator hears at the start that tokens travel in clear.</summary>
public sealed class ClearTextWarningTests
{
    private const int TokensInClear = 1901;

    [Theory]
    [InlineData("Production", 1)]
    [InlineData("Development", 0)]
    public async Task PlainHttpIsWarnedOfOnceOutsideDevelopment(string environment, int warnings)
    {
        await using var registry = await TestRegistry.StartAsync();
        using var logs = new LogBook();
        await using (await GatewayUnderTest.StartAsync(registry.Cluster.Url, logs: logs, environment: environment))
            logs.Lines.Count(static line => line is { Id: TokensInClear, Level: LogLevel.Warning }).ShouldBe(warnings);
    }
}
