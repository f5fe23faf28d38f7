using System.Text;
using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>Every consumer polls its lists every few seconds: an answer's bytes are made once a state of the service, and its query is read once.</summary>
public sealed class NacosCostTests
{
    private const int Many = 60;

    [Theory]
    [InlineData("/nacos/v1/ns/instance/list?serviceName=", "&namespaceId=public&clusters=DEFAULT&udpPort=0&clientIP=10.0.0.1&healthyOnly=false")]
    [InlineData("/nacos/v2/ns/instance/list?serviceName=", "")]
    [InlineData("/nacos/v3/client/ns/instance/list?serviceName=", "")]
    public async Task AListCostsTheSameHoweverLongItIs(string path, string query)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("orders-1", "10.0.0.1");
        await registry.RegisterAsync("orders-1", "few");
        for (var port = 0; port < Many; port++)
            await registry.RegisterAsync("orders-1", "many", 9000 + port);
        using var server = new CalledServer();
        await using var gateway = await GatewayUnderTest.StartAsync(
            registry.Cluster.Url, [KeyValuePair.Create("Facades:Namespace", (string?)"shop")], logs: new LogBook(), adjust: builder =>
            {
                builder.Logging.SetMinimumLevel(LogLevel.Warning);
                builder.Services.AddSingleton<IServer>(server);
            });

        var few = Allocated("few", 1);
        var many = Allocated("many", Many);

        (many - few).ShouldBeInRange(-256, 256);
        few.ShouldBeLessThan(8 * 1024);

        double Allocated(string service, int hosts)
        {
            var call = server.Open(path + "DEFAULT_GROUP@@" + service + query);
            server.Send(call);
            call.StatusCode.ShouldBe(200);
            var body = JsonNode.Parse(Encoding.UTF8.GetString(call.Body))!;
            var listed = body["data"] ?? body;
            (listed as JsonArray ?? listed["hosts"]!.AsArray()).Count.ShouldBe(hosts);
            return server.AllocatedPerCall(call);
        }
    }
}
