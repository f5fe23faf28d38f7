using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;
using Gateway.Tests.Kubernetes.Client;
using Gateway.Tests.Layering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>A Redis that wants TLS, or a user of its own with no more rights than the gateway uses.</summary>
public sealed partial class SecuredRedisTests : IAsyncDisposable
{
    // The client asks these when it connects, and does without the answers.
    private static readonly string[] Inquiries = ["client|setinfo", "cluster|nodes", "cluster|slots", "config|get"];

    private readonly TestAuthority _authority = new("redis authority");
    private readonly string _directory = Directory.CreateTempSubdirectory("secured-redis").FullName;
    private readonly GatewayMetrics _metrics = new();
    private readonly List<IAsyncDisposable> _started = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var started in Enumerable.Reverse(_started))
            await started.DisposeAsync();
        _metrics.Dispose();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",sslProtocols=Tls13")]
    [InlineData(",protocol=resp3")]
    public async Task RedisIsCalledOverTlsWithTheAuthorityThatTheOptionsName(string settings)
    {
        var redis = await StartWithTlsAsync("127.0.0.1");
        var connection = Connect($"127.0.0.1:{redis.Port},ssl=true{settings}", File("authority.pem", _authority.Pem));
        await connection.UntilAsync(isAvailable: true);
        await SharesAsync(connection);
    }

    [Fact]
    public async Task ACertificateOfAnotherAuthorityIsRefused()
    {
        var redis = await StartWithTlsAsync("127.0.0.1");
        using var stranger = new TestAuthority("another authority");
        await StaysAwayAsync($"127.0.0.1:{redis.Port},ssl=true", File("authority.pem", stranger.Pem));
    }

    [Fact]
    public async Task ACertificateForAnotherNameIsRefused()
    {
        var redis = await StartWithTlsAsync("redis.example");
        await StaysAwayAsync($"127.0.0.1:{redis.Port},ssl=true", File("authority.pem", _authority.Pem));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",protocol=resp3")]
    public async Task AUserWithTheRightsThatTheDocumentsNameIsDeniedNothingThatTheGatewayUses(string settings)
    {
        var redis = await StartAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await shell.Database.ExecuteAsync("ACL", ["SETUSER", "gateway", .. DocumentedRules(), ">a-password"]);

        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", $"127.0.0.1:{redis.Port},user=gateway,password=a-password{settings}"));
        await using var other = await registry.ReplicaAsync("other");
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeter", port = 8080, container = "app", ttl = 5 }))["id"]!;
        (await registry.Http.PutAsync($"/v1/registrations/{id}/heartbeat?namespace=shop&pod=greeter-1", null).Within()).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", DubboCluster.MetadataInfo("greeter", "r1", (DubboCluster.Greeting, "g1", "1.0.0")));
        await other.Http.GetJsonAsync(DubboCluster.Path("metadata/greeter/r1"));
        await registry.Gateway.Services.GetRequiredService<SavedRegistryWriter>().SaveAsync();
        await other.Services.GetRequiredService<SavedRegistryWriter>().SaveAsync();
        using var drained = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=5s", new { status = "OUT_OF_SERVICE" }).Within();
        drained.StatusCode.ShouldBe(HttpStatusCode.OK);

        var used = await redis.RunAsync("INFO", "commandstats");
        var denied = (RedisResult[]?)await shell.Database.ExecuteAsync("ACL", "LOG");
        denied!.Select(static entry => entry.ToDictionary()["object"].ToString()).Except(Inquiries).ShouldBeEmpty();
        DocumentedCommands().Except(ScriptedCommands()).Where(command => !used.Contains($"cmdstat_{command}:", StringComparison.Ordinal))
            .Except(settings.Length == 0 ? ["hello"] : ["auth"]).ShouldBeEmpty("the gateway does without these");
    }

    [Fact]
    public void EveryCommandOfAScriptIsAmongTheRightsThatTheDocumentsName() => ScriptedCommands().Except(DocumentedCommands()).ShouldBeEmpty();

    [Fact]
    public async Task AWrongPasswordIsNoReasonToEndAndIsNotLogged()
    {
        var redis = await StartAsync("--user", "default", "off", "--user", "gateway", "on", "~*", "&*", "+@all", ">a-password");
        await StaysAwayAsync($"127.0.0.1:{redis.Port},user=gateway,password=wrong-password");
    }

    [Fact]
    public void AnAuthorityThatIsNoCertificateIsAFaultAtTheStart()
    {
        foreach (var path in new[] { File("empty.pem", ""), Path.Combine(_directory, "missing.pem") })
        {
            new RedisOptions { Configuration = "redis:6379,ssl=true", CertificateAuthority = path }.Validate().ShouldHaveSingleItem()
                .ShouldBe("Redis:CertificateAuthority is not a file with a certificate in PEM.");
        }
    }

    // The rights are read from the page that operators copy them from.
    internal static string[] DocumentedRules()
    {
        const string Command = "ACL SETUSER gateway ";
        var page = System.IO.File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "redis.md"));
        var line = page.Single(static line => line.StartsWith(Command, StringComparison.Ordinal));
        return line[Command.Length..line.IndexOf('>', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static IEnumerable<string> DocumentedCommands() =>
        DocumentedRules().Where(static rule => rule.StartsWith('+')).Select(static rule => rule[1..]);

    private static HashSet<string> ScriptedCommands() =>
        [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "Gateway.Core"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Command().Matches(System.IO.File.ReadAllText(file))).Select(static match => match.Groups[1].Value.ToLowerInvariant())];

    [GeneratedRegex(@"redis\.call\('([A-Z]+)'")]
    private static partial Regex Command();

    /// <summary>A lease that one store writes is read through the same connection by another; messages arrive.</summary>
    private static async Task SharesAsync(RedisConnection connection)
    {
        (await connection.TryScriptAsync(new RedisScript(RedisStore.Leases, "own(KEYS[1], 'zset') redis.call('ZADD', KEYS[1], now, ARGV[1]) answer[1] = ARGV[1]"),
            [RedisKeys.Default.LeaseDeadlines], ["an id"])).TryGet(out var rows).ShouldBeTrue();
        ((string?)rows!.ShouldHaveSingleItem()).ShouldBe("an id");
        var received = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await connection.SubscribedAsync(RedisKeys.Default.Questions, message => received.TrySetResult(message));
        (await connection.TryPublishAsync(RedisKeys.Default.Questions, "a question")).TryGet(out var subscribers).ShouldBeTrue();
        subscribers.ShouldBe(1);
        (await received.Task.Within()).ShouldBe("a question");
    }

    private async Task StaysAwayAsync(string configuration, string authority = "")
    {
        using var log = new LogBookOf<RedisConnection>();
        var connection = Connect(configuration, authority, log);
        await log.WaitForAsync(2101);
        connection.IsAvailable.ShouldBeFalse();
        (await connection.TryAsync(static database => database.PingAsync())).HasValue.ShouldBeFalse();
        log.Lines.ShouldAllBe(static line => !line.Text.Contains("password", StringComparison.OrdinalIgnoreCase));
    }

    private RedisConnection Connect(string configuration, string authority = "", ILogger<RedisConnection>? logger = null)
    {
        var options = new RedisOptions { Configuration = configuration, CertificateAuthority = authority };
        options.Validate().ShouldBeEmpty();
        var connection = new RedisConnection(
            options, _metrics, Supervised.Loops(), logger ?? NullLogger<RedisConnection>.Instance, TimeProvider.System);
        _started.Add(connection);
        return connection;
    }

    private async Task<RedisUnderTest> StartAsync(params string[] settings)
    {
        var redis = await RedisUnderTest.StartAsync(settings);
        _started.Add(redis);
        return redis;
    }

    private async Task<RedisUnderTest> StartWithTlsAsync(string name)
    {
        using var server = _authority.IssueServer(name);
        return await StartAsync(
            "--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no", "--tls-ca-cert-file", File("clients.pem", _authority.Pem),
            "--tls-cert-file", File("server.pem", server.ExportCertificatePem()), "--tls-key-file", File("server.key", server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
    }

    private string File(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }
}
