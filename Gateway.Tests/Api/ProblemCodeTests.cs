using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Errors;
using Gateway.Core.Results;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.OpenApi;

namespace Gateway.Tests.Api;

/// <summary>Every code of the contract's section 2 is brought about by a call, and comes with its status as a problem document.</summary>
public sealed class ProblemCodeTests
{
    private const string Registrations = "/v1/registrations";
    private const string Unknown = "0123456789abcdef0123456789abcdef";

    private static readonly Dictionary<string, ProblemCase> Cases = new()
    {
        [RefusalCodes.MalformedJson] = new(static registry => registry.Http.PostAsync("""{"service": """)),
        [RefusalCodes.InvalidParameter] = new(static registry => registry.Http.GetAsync("/v1/services?colour=red")),
        [ApiCodes.BadRequest] = new(static registry => BrokenChunkAsync(registry)),
        [RefusalCodes.Unauthenticated] = new(static registry => registry.Http.PostAsync(Calls.Greeting, ("Authorization", "Bearer no-token-at-all"))),
        [RefusalCodes.TokenExpired] = new(static registry =>
        {
            registry.Pod("greeter-1", "10.0.0.1");
            registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"greeter","namespace":"shop"}}""");
            var token = registry.Cluster.IssueToken("shop", "greeter", "greeter-1", ["registry-gateway"], TimeSpan.FromMinutes(-5));
            return registry.Http.PostAsync("""{"service":"greeting","port":8080}""", ("Authorization", $"Bearer {token}"));
        }),
        [RefusalCodes.PodRequired] = new(static registry => registry.Http.PostAsync("""{"service":"greeting","port":8080}""")),
        [RefusalCodes.UntrustedProxy] = new(static registry => registry.Http.PostAsync(Calls.Greeting, ("X-Forwarded-For", "10.0.0.1"))),
        [RefusalCodes.AmbiguousAddress] = new(static async registry =>
        {
            registry.Pod("one", "10.0.0.7");
            registry.Pod("two", "10.0.0.7");
            await SeenAsync(registry, "one", "two");
            return await registry.Http.PostAsync("""{"service":"greeting","port":8080}""", ("X-Forwarded-For", "10.0.0.7"));
        }, ("Identity:TrustedProxies:0", "127.0.0.1")),
        [RefusalCodes.Forbidden] = new(static async registry =>
        {
            registry.Pod("one", "10.0.0.7");
            registry.Pod("greeter-1", "10.0.0.1");
            await SeenAsync(registry, "one", "greeter-1");
            return await registry.Http.PostAsync(Calls.Greeting, ("X-Forwarded-For", "10.0.0.7"));
        }, ("Identity:TrustedProxies:0", "127.0.0.1")),
        [RefusalCodes.NameReserved] = new(static async registry =>
        {
            registry.Pod("greeter-1", "10.0.0.1");
            registry.Small.Service(name: "greeting");
            await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Services.ContainsKey(new("shop", "greeting")), Patience.Limit);
            return await registry.Http.PostAsync(Calls.Greeting);
        }),
        [RefusalCodes.PodGone] = new(static registry => registry.Http.PostAsync(Calls.Greeting)),
        [RefusalCodes.NotFound] = new(static registry => registry.Http.GetAsync($"{Registrations}/{Unknown}")),
        [RefusalCodes.NoHistory] = new(static registry => registry.Http.GetAsync("/v1/namespaces/shop/services/orders/instances?at=2001-01-01T00:00:00Z")),
        [ApiCodes.MethodNotAllowed] = new(static registry => registry.Http.CallAsync("PUT", "/v1/services", "{}")),
        [RefusalCodes.Conflict] = new(static async registry =>
        {
            registry.Small.Create(ResourceKinds.Pods, """
                {"metadata":{"name":"greeter-1","namespace":"shop","annotations":{"registry-gateway.io/declare":"[{\"service\":\"greeting\",\"port\":8080}]"}},
                 "spec":{"containers":[{"name":"app","image":"example/app:1"}]}}
                """);
            registry.Cluster.Player.Run("shop", "greeter-1", "node-1", IPAddress.Parse("10.0.0.1"));
            var declared = (await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1))[0];
            return await registry.Http.CallAsync("PATCH", $"{Registrations}/{declared["id"]}", """{"metadata":{"a":"b"}}""", "application/merge-patch+json");
        }),
        [RefusalCodes.PodTerminating] = new(static async registry =>
        {
            registry.Pod("greeter-1", "10.0.0.1");
            using var deletion = await registry.Http.CallAsync("DELETE", $"{registry.Cluster.Url}api/v1/namespaces/shop/pods/greeter-1?gracePeriodSeconds=60");
            deletion.EnsureSuccessStatusCode();
            return await registry.Http.PostAsync(Calls.Greeting);
        }),
        [RefusalCodes.NoLease] = new(static async registry =>
        {
            registry.Pod("greeter-1", "10.0.0.1");
            var id = (await registry.RegisterAsync("greeter-1", "greeting"))["id"];
            return await registry.Http.CallAsync("PUT", $"{Registrations}/{id}/heartbeat");
        }),
        [RefusalCodes.BodyTooLarge] = new(static registry => registry.Http.PostAsync(new string(' ', 1024 * 1024) + "{}")),
        [RefusalCodes.AnnotationsFull] = new(
            static registry =>
            {
                registry.Pod("greeter-1", "10.0.0.1");
                return registry.Http.PostAsync(Calls.Greeting.Replace("\"port\"", $"\"metadata\":{{\"text\":\"{new string('x', 2000)}\"}},\"port\"", StringComparison.Ordinal));
            },
            ("Registry:MaxBytesPerPod", "1024")),
        [ApiCodes.UnsupportedMediaType] = new(static registry => registry.Http.CallAsync("POST", Registrations, Calls.Greeting, "text/plain")),
        [RefusalCodes.InvalidRegistration] = new(static registry => registry.Http.PostAsync("{}")),
        [RefusalCodes.InvalidMetadata] = new(static async registry =>
        {
            registry.Small.Create(ResourceKinds.Pods, """
                {"metadata":{"name":"greeter-1","namespace":"shop","annotations":{"registry-gateway.io/declare":"[{\"service\":\"greeter\",\"port\":8080}]"}},
                 "spec":{"containers":[{"name":"app","image":"x"}]}}
                """);
            registry.Cluster.Player.Run("shop", "greeter-1", "node-1", [IPAddress.Parse("10.0.0.1")]);
            await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1);
            return await registry.Http.CallAsync("PUT", "/v1/namespaces/shop/dubbo/metadata/greeter/1?namespace=shop&pod=greeter-1", """{"services":[]}""");
        }),
        [RefusalCodes.NotWatched] = new(
            static registry => registry.Http.PostAsync("""{"namespace":"elsewhere","pod":"greeter-1","service":"greeting","port":8080}"""),
            ("Kubernetes:Namespaces:0", "shop")),
        [RefusalCodes.LeasesOff] = new(
            static registry =>
            {
                registry.Pod("greeter-1", "10.0.0.1");
                return registry.Http.PostAsync(Calls.Greeting.Replace("\"port\"", "\"ttl\":30,\"port\"", StringComparison.Ordinal));
            },
            ("Leases:Enabled", "false")),
        [RefusalCodes.RateLimited] = new(
            static async registry =>
            {
                for (var failure = 0; failure < 2; failure++)
                    (await registry.Http.PostAsync(Calls.Greeting, ("Authorization", $"Bearer not.a.token{failure}"))).Dispose();
                return await registry.Http.PostAsync(Calls.Greeting, ("Authorization", "Bearer not.a.token-either"));
            },
            ("Identity:FailuresPerAddress", "2"), ("Identity:FailuresForgivenPerSecond", "0.0001")),
        [RefusalCodes.ClusterRefused] = new(static registry =>
        {
            registry.Pod("greeter-1", "10.0.0.1");
            registry.Cluster.Faults.DenyByWebhook("no annotations on Fridays");
            return registry.Http.PostAsync(Calls.Greeting);
        }),
        [RefusalCodes.ReadOnly] = new(static registry => registry.Http.PostAsync(Calls.Greeting), ("Registry:ReadOnly", "true")),
        [RefusalCodes.NotSynced] = new(static async registry =>
        {
            registry.Cluster.Faults.HoldRequests(static request => request.UserAgent.Contains("second", StringComparison.Ordinal));
            await using var second = await GatewayUnderTest.StartAsync(
                registry.Cluster.Url, [KeyValuePair.Create("Kubernetes:InstanceName", (string?)"second")], synced: false);
            return await BufferedAsync(await second.Http.GetAsync("/v1/services"));
        }),
        [RefusalCodes.ApiServerUnavailable] = new(
            static async registry =>
            {
                registry.Pod("greeter-1", "10.0.0.1");
                await SeenAsync(registry, "greeter-1");
                registry.Cluster.Faults.AnswerNext(int.MaxValue, 500, filter: static request => request.Method == "PATCH");
                return await registry.Http.PostAsync(Calls.Greeting);
            },
            ("Registration:WriteTimeout", "00:00:00.5")),
        [RefusalCodes.Overloaded] = new(
            static async registry =>
            {
                using var open = await registry.Http.CallAsync("GET", "/v1/watch?namespace=shop");
                return await registry.Http.CallAsync("GET", "/v1/watch?namespace=shop");
            },
            ("Subscriptions:MaxStreams", "1")),
        [RefusalCodes.NoInstance] = new(static registry => registry.Http.GetAsync("/v1/namespaces/shop/services/nobody/pick")),
        [RefusalCodes.RevisionNotReached] = new(static async registry =>
        {
            var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
            // Without leases there is no election, whose own timers would be taken for the one of the request.
            await using var second = await GatewayUnderTest.StartAsync(registry.Cluster.Url, [new("Leases:Enabled", "false")], time: time);
            var future = second.State.Current.RevisionOfPod("shop", 999_999_999);
            var answer = second.Http.GetAsync($"/v1/namespaces/shop/services/greeting/instances?minRevision={future}");
            while (await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(20))) != answer)
                time.Advance(TimeSpan.FromSeconds(1));
            return await BufferedAsync(await answer.Within());
        }),
    };

    public static TheoryData<string> Codes => [.. ProblemStatus.Codes.Where(static code => code != ApiCodes.InternalError)];

    [Fact]
    public void EveryCodeHasAStatusAndACase()
    {
        var codes = new[] { typeof(RefusalCodes), typeof(ApiCodes) }.SelectMany(static type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(static field => (string)field.GetValue(null)!).ToList();
        ProblemStatus.Codes.ShouldBe(codes, ignoreOrder: true);
        Cases.Keys.ShouldBe(codes.Where(static code => code != ApiCodes.InternalError), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task TheCodeComesWithItsStatusAsAProblemDocument(string code)
    {
        var problem = Cases[code];
        await using var registry = await TestRegistry.StartAsync(settings: problem.Settings);
        using var answer = await problem.Call(registry).Within();
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        var document = JsonNode.Parse(text).ShouldNotBeNull(text);
        ((string?)document["code"]).ShouldBe(code, text);
        ((int)answer.StatusCode).ShouldBe(ProblemStatus.StatusOf(code));
        ((int?)document["status"]).ShouldBe(ProblemStatus.StatusOf(code));
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        ((string?)document["detail"]).ShouldNotBeNullOrWhiteSpace();
        if ((int)answer.StatusCode is 429 or 503)
            answer.Headers.RetryAfter.ShouldNotBeNull();
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            answer.Headers.WwwAuthenticate.ShouldNotBeEmpty();
        if (answer.StatusCode == HttpStatusCode.MethodNotAllowed)
            answer.Content.Headers.Allow.ShouldContain("GET");
        var api = await DescribedApi.ReadAsync(registry.Http);
        if (answer.RequestMessage is { } request && api.Find(request) is { } operation)
            DescribedApi.FaultsOf(operation, request, answer, text).ShouldBeEmpty("the OpenAPI document says so");
        foreach (var pod in registry.Cluster.Storage.List(ResourceKinds.Pods))
            OwnKeys(pod).Count().ShouldBeLessThanOrEqualTo(code == RefusalCodes.NoLease ? 1 : 0, "nothing is written");
    }

    private static IEnumerable<string> OwnKeys(StoredObject pod) =>
        pod.Copy()["metadata"]!["annotations"]?.AsObject().Select(static entry => entry.Key).Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal) && !key.EndsWith("declare", StringComparison.Ordinal)) ?? [];

    private static Task SeenAsync(TestRegistry registry, params string[] pods) => registry.Gateway.State.WaitAsync(
        snapshot => pods.All(pod => snapshot.RegistrationsOf("shop", pod)?.Pod.PodIPs.IsEmpty == false), Patience.Limit);

    private static async Task<HttpResponseMessage> BufferedAsync(HttpResponseMessage answer)
    {
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }

    /// <summary>A chunk whose length is no number: only a bare connection can send it.</summary>
    private static async Task<HttpResponseMessage> BrokenChunkAsync(TestRegistry registry)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n"));
        using var reader = new System.IO.StreamReader(stream);
        var text = await reader.ReadToEndAsync().Within();
        var body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        var answer = new HttpResponseMessage((HttpStatusCode)int.Parse(text.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/problem+json"),
        };
        return answer;
    }
}

/// <summary>How one stable code is brought about: with which settings, and by which call.</summary>
internal sealed record ProblemCase(Func<TestRegistry, Task<HttpResponseMessage>> Call, params (string Key, string Value)[] Settings);
