using System.Text;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>A lookup by this protocol copies bytes that are made once for each state, as a native one does.</summary>
public sealed class EurekaCostTests
{
    [Theory]
    [InlineData("apps")]
    [InlineData("apps/ORDERS")]
    [InlineData("apps/delta")]
    [InlineData("vips/orders")]
    public async Task ALookupAllocatesNoMoreForManyInstancesThanForOne(string path)
    {
        using var server = new CalledServer();
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, adjust: builder => builder.Services.AddSingleton<IServer>(server));
        registry.Pod("orders-1", "10.0.0.1");
        await registry.RegisterAsync("orders-1", "orders");
        var one = await AllocatedAsync(1);
        for (var i = 2; i <= 12; i++)
        {
            registry.Pod($"orders-{i}", $"10.0.0.{i}");
            await registry.RegisterAsync($"orders-{i}", "orders");
        }

        (await AllocatedAsync(12) - one).ShouldBeLessThan(64);

        async Task<double> AllocatedAsync(int instances)
        {
            (await gateway.State.WaitAsync(snapshot => snapshot.Instances.Count == instances, Patience.Limit)).ShouldNotBeNull();
            var call = server.Open($"/ns/shop/eureka/{path}");
            call.Ask("GET", $"/ns/shop/eureka/{path}", ("Accept", "application/json"));
            server.Send(call);
            call.StatusCode.ShouldBe(200);
            Encoding.UTF8.GetString(call.Body).Split("\"instanceId\"").Length.ShouldBe(instances + 1);
            return server.AllocatedPerCall(call);
        }
    }
}
