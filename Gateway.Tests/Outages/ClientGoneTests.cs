using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Supervision;
using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Outages;

/// <summary>
/// Clients that reset their connection in the middle of a write, over HTTP: each time the audit log says what the cluster shows, and what was
/// registered is noted and has its lease.
/// </summary>
public sealed class ClientGoneTests
{
    private const int Written = 1610;
    private const int MostCalls = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task AClientGoneAtEveryAwaitOfAWriteLeavesAuditLeasesAndNotesTrue(string verb)
    {
        await using var world = await World.StartAsync(verb);
        await world.ShouldNotWriteAsync(Cut.InHead);
        await world.ShouldNotWriteAsync(Cut.BeforeBody);
        await world.ShouldNotWriteAsync(Cut.InBody);
        await world.RunAsync(Cut.AfterBody);
        (await world.RunAsync(Cut.WhileInvisible)).HasWritten.ShouldBeTrue();

        // The client goes while the first call to the API server hangs, then the second, and so on: reviews, reads, the PATCH.
        var written = 0;
        for (var call = 1; call <= MostCalls; call++)
        {
            var run = await world.RunAsync(Cut.AtCall, call);
            written += run.HasWritten && run.HasHungUp ? 1 : 0;
            if (run.HasHungUp)
                continue;
            run.HasWritten.ShouldBeTrue("the client stayed");
            call.ShouldBeGreaterThan(2);
            written.ShouldBeGreaterThan(0, "a PATCH on its way is not called back");
            return;
        }

        Assert.Fail("The write has no end.");
    }

    [Fact]
    public async Task AClientGoneWhileRedisHangsHasItsAuditLineItsNoteAndItsLease()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var world = await World.StartAsync("POST", KeyValuePair.Create("Redis:Configuration", (string?)redis.Configuration));
        await world.Gateway.Services.GetRequiredService<Gateway.Core.Redis.RedisConnection>().UntilAsync(isAvailable: true);
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var other = await redis.ConnectAsync();
        (await other.TryAsync(static database => database.ExecuteAsync("CLIENT", "PAUSE", "1000", "ALL"))).HasValue.ShouldBeTrue();
        (await world.RunAsync(Cut.AfterAudit)).HasWritten.ShouldBeTrue();

        // The heartbeat is answered when Redis has it.
        await shell.Database.PingAsync().Within();
        await world.HeartbeatAsync();
    }

    private enum Cut
    {
        InHead,
        BeforeBody,
        InBody,
        AfterBody,
        AfterAudit,
        WhileInvisible,
        AtCall,
    }

    private sealed record Run(bool HasWritten, bool HasHungUp);

    /// <summary>A gateway that takes tokens, and one pod that calls it.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly SmallCluster _cluster;
        private readonly LogBook _logs;
        private readonly WatchedCalls _calls;
        private readonly string _verb;
        private int _runs;
        private string _id = "";

        private World(SmallCluster cluster, GatewayUnderTest gateway, LogBook logs, WatchedCalls calls, string verb) =>
            (_cluster, Gateway, _logs, _calls, _verb) = (cluster, gateway, logs, calls, verb);

        public GatewayUnderTest Gateway { get; }

        public static async Task<World> StartAsync(string verb, params KeyValuePair<string, string?>[] settings)
        {
            var cluster = await SmallCluster.StartAsync();
            cluster.Create(ResourceKinds.Pods, """{"metadata":{"name":"orders-1","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"x"}]}}""");
            cluster.Cluster.Player.Run("shop", "orders-1", "node-1", IPAddress.Parse("10.1.0.1"));
            await cluster.SettleAsync();
            var (logs, calls) = (new LogBook(), new WatchedCalls());
            var gateway = await GatewayUnderTest.StartAsync(cluster.Cluster.Url, settings, logs, "Production",
                adjust: builder => builder.Services.AddSingleton<IStartupFilter>(calls));
            return new(cluster, gateway, logs, calls, verb);
        }

        public async Task ShouldNotWriteAsync(Cut cut)
        {
            // Without a body the head is the whole request.
            if (_verb == "DELETE" && cut != Cut.InHead)
                return;
            var run = await RunAsync(cut);
            run.HasWritten.ShouldBeFalse($"{cut}");
        }

        /// <summary>One write whose client goes at this point; what is audited, noted and leased is as the cluster shows.</summary>
        public async Task<Run> RunAsync(Cut cut, int atCall = 0)
        {
            var service = $"service-{++_runs}";
            if (_verb != "POST")
                _id = await RegisterAsync(service);
            var before = Annotations();
            _logs.Clear();
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new(true, 0), NoDelay = true };
            var call = _calls.Of(service);
            var hasHungUp = await CallAsync(client, service, call, cut, atCall);
            if (cut != Cut.InHead)
                await call.Ended.Task.Within();
            await Gateway.Services.GetRequiredService<LoopSupervisor>().SettleAsync().Within();
            _cluster.Cluster.Faults.Clear();

            var after = Annotations();
            var hasWritten = after.ToJsonString() != before.ToJsonString();
            var context = $"{_verb} {cut} {atCall}";
            var audited = _logs.Lines.Where(static line => line.Id == Written).ToList();
            audited.Count.ShouldBe(hasWritten ? 1 : 0, context);
            if (_verb == "POST" && hasWritten)
                _id = after.Select(static entry => entry.Key).Except(before.Select(static entry => entry.Key)).Where(static key => key.Length > 32).ShouldHaveSingleItem()[^32..];
            if (hasWritten)
                audited[0].Members["Ids"].ShouldContain(_id, customMessage: context);
            if (_verb != "POST" || hasWritten)
            {
                var isStored = !(_verb == "DELETE" && hasWritten);
                Gateway.Services.GetRequiredService<ILeaseStore>().StateOf(_id).IsKnown.ShouldBe(isStored, context);
                if (isStored)
                    Gateway.Services.GetRequiredService<IPostLog>().LastPost(_id).ShouldNotBeNull(context);
                await Gateway.Http.LookUpUntilAsync("shop", service, all => all.Count == (isStored ? 1 : 0));
            }

            return new(hasWritten, hasHungUp);
        }

        public async Task HeartbeatAsync()
        {
            using var answer = await SendAsync("PUT", $"/v1/registrations/{_id}/heartbeat", null);
            answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await _cluster.DisposeAsync();
            _logs.Dispose();
        }

        private async Task<bool> CallAsync(Socket client, string service, WatchedCall call, Cut cut, int atCall)
        {
            var (head, body) = RequestOf(service);
            var hasLeft = false;
            if (cut == Cut.AtCall)
                _cluster.Cluster.Faults.DoBefore(Reached, int.MaxValue, IsOfWrite);
            if (cut == Cut.WhileInvisible)
                _cluster.Cluster.Faults.StallWatches();
            await client.ConnectAsync(IPAddress.Loopback, Gateway.Http.BaseAddress!.Port, Token);
            await client.SendAsync(Encoding.ASCII.GetBytes(cut switch
            {
                Cut.InHead => head[..(head.Length / 2)],
                Cut.BeforeBody => head,
                Cut.InBody => head + body[..(body.Length / 2)],
                _ => head + body,
            }), Token);
            if (cut != Cut.InHead)
                await call.Begun.Task.Within();
            if (cut is Cut.AfterAudit or Cut.WhileInvisible)
                await _logs.WaitForAsync(Written);
            if (cut == Cut.AtCall)
            {
                await call.NoticedAsync();
                return Volatile.Read(ref hasLeft);
            }

            client.Close();
            if (cut is not (Cut.InHead or Cut.AfterBody))
                await call.NoticedAsync();
            return true;

            async Task Reached()
            {
                if (Interlocked.Decrement(ref atCall) != 0)
                    return;
                Volatile.Write(ref hasLeft, true);
                client.Close();
                await call.NoticedAsync();
            }
        }

        private (string Head, string Body) RequestOf(string service)
        {
            var body = _verb switch
            {
                "POST" => $$"""{"service":"{{service}}","port":8080,"ttl":30}""",
                "PATCH" => """{"weight":7}""",
                _ => "",
            };
            var path = _verb == "POST" ? "/v1/registrations" : $"/v1/registrations/{_id}";
            var head = new StringBuilder($"{_verb} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {NewToken()}\r\n{WatchedCalls.Header}: {service}\r\n");
            if (body.Length > 0)
                head.Append("Content-Type: application/json\r\n").Append($"Content-Length: {body.Length}\r\n");
            return (head.Append("\r\n").ToString(), body);
        }

        private async Task<string> RegisterAsync(string service)
        {
            using var answer = await SendAsync("POST", "/v1/registrations", $$"""{"service":"{{service}}","port":8080,"ttl":30}""");
            var text = await answer.Content.ReadAsStringAsync(Token);
            answer.StatusCode.ShouldBe(HttpStatusCode.Created, text);
            return (string)JsonNode.Parse(text)!["id"]!;
        }

        private Task<HttpResponseMessage> SendAsync(string verb, string path, string? body)
        {
            var request = new HttpRequestMessage(new HttpMethod(verb), path);
            request.Headers.Add("Authorization", NewToken());
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            return Gateway.Http.SendAsync(request, Token);
        }

        /// <summary>Not seen before, so that it is reviewed.</summary>
        private string NewToken() => "Bearer " + _cluster.Cluster.IssueToken("shop", "default", "orders-1", ["registry-gateway"]);

        private JsonObject Annotations() => _cluster.Get(ResourceKinds.Pods, "orders-1")!["metadata"]!["annotations"] as JsonObject ?? [];

        private static bool IsOfWrite(ObservedRequest request) => !request.IsWatch
            && (request.Path.EndsWith("/pods/orders-1", StringComparison.Ordinal)
                || request.Path.EndsWith("/tokenreviews", StringComparison.Ordinal) || request.Path.EndsWith("/subjectaccessreviews", StringComparison.Ordinal));
    }
}
