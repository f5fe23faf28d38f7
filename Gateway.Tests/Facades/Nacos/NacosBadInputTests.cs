using System.Text.Json.Nodes;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>What is wrong is refused in the protocol's own form, and nothing is written.</summary>
public sealed class NacosBadInputTests
{
    private const string Good = "serviceName=orders&ip=10.0.0.1&port=8080";

    public static TheoryData<string, string, int> Cases => new()
    {
        { "POST", "/nacos/{0}ns/instance?ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=&ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=or%2Fders&ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=or%00ders&ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=%FF%FE&ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=@@orders&ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=a@@b@@c&ip=10.0.0.1&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1&port=0", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1&port=-1", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1&port=99999", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1&port=8080x", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.2&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?serviceName=orders&ip=192.0.2.9&port=8080", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&weight=heavy", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&weight=NaN", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&weight=-0.5", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&enabled=perhaps", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&metadata=%7B%22a%22", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&metadata=%7B%22a%22%3A%7B%7D%7D", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&metadata=a", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&clusterName=a,b", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&groupName=a%20b", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&namespaceId=billing", 403 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&namespaceId=No%20Name", 400 },
        { "POST", "/nacos/{0}ns/instance?" + Good + "&accessToken=abc", 403 },
        { "DELETE", "/nacos/{0}ns/instance?ip=10.0.0.1&port=8080", 400 },
        { "DELETE", "/nacos/{0}ns/instance?" + Good + "&namespaceId=billing", 403 },
        { "GET", "/nacos/{0}ns/instance/list", 400 },
        { "GET", "/nacos/{0}ns/instance/list?serviceName=a%20b", 400 },
        { "GET", "/nacos/{0}ns/instance/list?serviceName=orders&healthyOnly=perhaps", 400 },
        { "GET", "/nacos/{0}ns/instance/list?serviceName=orders&udpPort=-1", 400 },
        { "GET", "/nacos/{0}ns/instance/list?serviceName=orders&namespaceId=kube-system", 403 },
        { "GET", "/nacos/{0}ns/instance/list?serviceName=orders&accessToken=a.b.c", 403 },
        { "TRACE", "/nacos/{0}ns/instance?" + Good, 404 },
    };

    public static TheoryData<string, string, int> OlderCases => new()
    {
        { "PUT", "/nacos/{0}ns/instance?" + Good, 400 },
        { "PATCH", "/nacos/{0}ns/instance?" + Good + "&weight=2", 404 },
        { "PATCH", "/nacos/{0}ns/instance?" + Good + "&weight=x", 400 },
        { "PUT", "/nacos/{0}ns/instance/beat?serviceName=orders&beat=%7B", 400 },
        { "PUT", "/nacos/{0}ns/instance/beat?serviceName=orders&beat=%5B%5D", 400 },
        { "PUT", "/nacos/{0}ns/instance/beat?serviceName=orders&beat=%7B%22ip%22%3A%22192.0.2.9%22%2C%22port%22%3A8080%7D", 400 },
        { "PUT", "/nacos/{0}ns/instance/beat?serviceName=orders", 400 },
        { "PUT", "/nacos/{0}ns/instance/beat?beat=%7B%7D", 400 },
        { "GET", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1", 400 },
        { "GET", "/nacos/{0}ns/instance?serviceName=orders&ip=10.0.0.1&port=x", 400 },
        { "PUT", "/nacos/{0}ns/instance/metadata/batch?serviceName=orders", 400 },
        { "PUT", "/nacos/{0}ns/instance/metadata/batch?serviceName=orders&metadata=a", 400 },
        { "PUT", "/nacos/{0}ns/instance/metadata/batch?serviceName=orders&metadata=a%3D1&instances=%7B", 400 },
        { "PUT", "/nacos/{0}ns/instance/metadata/batch?serviceName=orders&metadata=a%3D1&instances=%5B1%5D", 400 },
        { "GET", "/nacos/{0}ns/service/list?pageNo=-1&pageSize=5", 400 },
        { "GET", "/nacos/{0}ns/service/list?pageNo=1&pageSize=x", 400 },
        { "GET", "/nacos/{0}ns/service/list?pageNo=1&pageSize=5&selector=%7B%22type%22%3A%22label%22%7D", 400 },
        { "GET", "/nacos/{0}ns/service/subscribers", 400 },
        { "PUT", "/nacos/{0}ns/health/instance?" + Good, 400 },
        { "PUT", "/nacos/{0}ns/health/instance?" + Good + "&healthy=true", 404 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task WhatIsWrongIsRefusedAndNothingIsWritten(string method, string path, int status)
    {
        await using var world = await NacosWorld.StartAsync();
        await RefusedAsync(world, method, path, status, "v1/", "v2/", "v3/client/");
    }

    [Theory]
    [MemberData(nameof(OlderCases))]
    public async Task WhatOnlyTheOlderVersionsHaveIsRefusedLikewise(string method, string path, int status)
    {
        await using var world = await NacosWorld.StartAsync();
        await RefusedAsync(world, method, path, status, "v1/", "v2/");
    }

    [Theory]
    [InlineData("PATCH", "instance")]
    [InlineData("PUT", "instance")]
    [InlineData("PUT", "instance/metadata/batch")]
    public async Task AKeyThatNoMetadataMayHaveIsRefusedByChangesToo(string method, string path)
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", "/nacos/v1/ns/instance?" + Good);
        var before = world.Registry.Written();
        foreach (var key in new[] { "", new string('k', 300) })
            (await world.CallAsync(method, $"/nacos/v1/ns/{path}?{Good}&metadata=%7B%22{key}%22%3A%22a%22%7D")).Status.ShouldBe(400, key);
        world.Registry.Written().ShouldBe(before);
    }

    [Fact]
    public async Task ABodyThatIsTooLongOrOfAnotherTypeIsRefused()
    {
        await using var world = await NacosWorld.StartAsync();
        var before = world.Registry.Written();
        (await world.CallAsync("POST", "/nacos/v1/ns/instance", form: Good + "&metadata=a%3D" + new string('x', 1024 * 1024))).Status.ShouldBe(413);
        (await world.CallAsync("POST", "/nacos/v1/ns/instance", form: Good + "&metadata=a%3D" + new string('x', 41 * 1024))).Status.ShouldBe(413, "it is not known yet who calls");
        (await world.CallAsync("POST", "/nacos/v2/ns/instance", form: string.Concat(Enumerable.Range(0, 5_000).Select(static i => $"k{i}=v&")) + Good)).Status.ShouldBe(400);
        world.Registry.Written().ShouldBe(before);
    }

    [Fact]
    public async Task AnotherPodsInstanceIsNeitherRenewedNorChangedNorRemoved()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", "/nacos/v1/ns/instance?" + Good);
        var before = world.Registry.Written();

        foreach (var thief in new[] { NacosWorld.Second, NacosWorld.Biller, NacosWorld.Stranger })
        {
            foreach (var (method, path) in new[]
            {
                ("DELETE", "/nacos/v1/ns/instance?" + Good), ("PUT", $"/nacos/v1/ns/instance?{Good}&enabled=false"), ("PATCH", $"/nacos/v1/ns/instance?{Good}&weight=0"),
                ("PUT", $"/nacos/v1/ns/health/instance?{Good}&healthy=false"), ("PUT", "/nacos/v1/ns/instance/metadata/batch?serviceName=orders&metadata=a%3D1"),
                ("POST", "/nacos/v3/client/ns/instance?" + Good), ("PUT", "/nacos/v1/ns/instance/beat?" + Good),
            })
                (await world.CallAsync(method, path, thief)).Status.ShouldBeOneOf(200, 400, 403, 404);
        }

        (await world.DoAsync("PUT", "/nacos/v1/ns/instance/beat?" + Good, NacosWorld.Second)).Json["code"]!.GetValue<int>().ShouldBe(20404, "its id is another pod's");
        world.Registry.Written().ShouldBe(before);
    }

    [Fact]
    public async Task WhoIsNoPodWritesNothing()
    {
        await using var world = await NacosWorld.StartAsync();
        var before = world.Registry.Written();
        foreach (var path in new[] { "v1/", "v2/", "v3/client/" })
        {
            var answer = await world.CallAsync("POST", $"/nacos/{path}ns/instance?{Good}", NacosWorld.Stranger);
            answer.Status.ShouldBe(403, answer.Text);
            InForm(answer, path);
        }

        world.Registry.Written().ShouldBe(before);
    }

    [Fact]
    public async Task AReadOnlyRegistryAnswers503InTheFormOfTheProtocolAndBeatsGoOn()
    {
        await using var world = await NacosWorld.StartAsync(("Registry:ReadOnly", "true"));
        foreach (var path in new[] { "v1/", "v2/", "v3/client/" })
        {
            var answer = await world.CallAsync("POST", $"/nacos/{path}ns/instance?{Good}");
            (answer.Status, answer.HasRetryAfter).ShouldBe((503, true), answer.Text);
            InForm(answer, path);
        }

        (await world.DoAsync("PUT", "/nacos/v1/ns/instance/beat?" + Good)).Json["code"]!.GetValue<int>().ShouldBe(20404);
    }

    private static async Task RefusedAsync(NacosWorld world, string method, string path, int status, params string[] versions)
    {
        var before = world.Registry.Written();
        foreach (var version in versions)
        {
            var answer = await world.CallAsync(method, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, version));
            answer.Status.ShouldBe(status, $"{method} {version} {path}: {answer.Text}");
            InForm(answer, version);
        }

        world.Registry.Written().ShouldBe(before);
    }

    private static void InForm(NacosAnswered answer, string version)
    {
        if (version == "v1/")
        {
            answer.MediaType.ShouldBe("text/plain");
            answer.Text.ShouldNotBeEmpty();
            return;
        }

        answer.MediaType.ShouldBe("application/json");
        var body = answer.Json.AsObject();
        body.Select(static member => member.Key).ShouldBe(["code", "message", "data"]);
        body["code"]!.GetValue<int>().ShouldBeGreaterThan(9_999);
    }
}
