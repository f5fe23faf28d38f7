using System.Globalization;
using Gateway.Emulator;
using Gateway.Tests.Hosting;

namespace Gateway.Tests.Emulator;

/// <summary>The emulated cluster as a program of its own.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("Emulator__Url", "nowhere", "Emulator:Url 'nowhere' is no absolute http URL.")]
    [InlineData("Emulator__Url", "https://127.0.0.1:0", "Emulator:Url 'https://127.0.0.1:0' is no absolute http URL.")]
    [InlineData("Emulator__Demo", "perhaps", "Emulator: Failed to convert configuration value 'perhaps' at 'Emulator:Demo' to type 'System.Boolean'.")]
    public async Task AConfigurationThatCannotBeRunWithIsOneMessage(string name, string value, string message)
    {
        var run = await ProgramRun.OfAsync(["Gateway.Emulator.dll"], [(name, value)]);

        run.Error.ShouldBe(message + "\n");
        run.ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task APortInUseIsOneMessage()
    {
        await using var first = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{first.Url.Port}");

        var run = await ProgramRun.OfAsync(["Gateway.Emulator.dll"], [("Emulator__Url", url)]);

        run.Error.ShouldBe($"Emulator:Url '{url}' cannot be listened at: Failed to bind to address {url}: address already in use.\n");
        run.ExitCode.ShouldBe(2);
    }
}
