using Gateway.Emulator;

namespace Gateway.Tests.Emulator;

public sealed class StartTests
{
    [Fact]
    public async Task AddressInUseIsSaidAtTheStartAndLeavesNothingBehind()
    {
        await using var first = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellation: TestContext.Current.CancellationToken);
        var second = new EmulatorOptions { Url = first.Url.ToString().TrimEnd('/') };
        await Should.ThrowAsync<IOException>(() => EmulatedCluster.StartAsync(second, cancellation: TestContext.Current.CancellationToken));
    }
}
