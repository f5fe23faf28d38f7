using System.Globalization;
using Gateway.Core.Redis;
using Gateway.Tests.Layering;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Chart;

/// <summary>docker-compose.yml starts what is there, in order, where it can be reached.</summary>
public sealed class ComposeTests
{
    private static readonly Dictionary<string, (string Program, string Url)> Targets = new()
    {
        ["gateway"] = ("Gateway.Api.dll", "ASPNETCORE_URLS"),
        ["emulator"] = ("Gateway.Emulator.dll", "Emulator__Url"),
    };

    private readonly Dictionary<string, Dictionary<string, object?>> _services = HelmChart
        .Map(HelmChart.Map(YamlTree.Read(File.ReadAllText(Path.Combine(SourceTree.Root, "docker-compose.yml"))))["services"])
        .ToDictionary(static pair => pair.Key, static pair => Merged(HelmChart.Map(pair.Value)));

    [Fact]
    public void EachContainerStartsAfterWhatItNeedsIsHealthy()
    {
        foreach (var (name, service) in _services)
        {
            service.ShouldContainKey("healthcheck", name);
            foreach (var (needed, condition) in MapOf(service, "depends_on"))
            {
                _services.ShouldContainKey(needed);
                HelmChart.Map(condition)["condition"].ShouldBe("service_healthy", $"{name} waits for {needed}");
            }
        }
    }

    [Fact]
    public void EverySettingExists()
    {
        var reference = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "configuration.md"));
        foreach (var (name, service) in _services)
        {
            foreach (var setting in MapOf(service, "environment").Keys.Where(static key => key.Contains("__", StringComparison.Ordinal)))
                reference.ShouldContain($"`{setting}`", customMessage: name);
        }
    }

    /// <summary>The default depends on mode and environment, and may be loopback: a published port then leads nowhere.</summary>
    [Fact]
    public void WhatPublishesAPortListensThereBeyondItsOwnContainer()
    {
        var publishing = Built().Where(static built => built.Service.ContainsKey("ports")).ToList();

        publishing.Select(static built => built.Target).ShouldBe(["emulator", "gateway", "gateway"], ignoreOrder: true);
        foreach (var (name, service, target) in publishing)
        {
            var environment = MapOf(service, "environment");
            environment.ShouldContainKey(Targets[target].Url, name);
            var listens = BindingAddress.Parse((string)environment[Targets[target].Url]!);
            listens.Host.ShouldBeOneOf("+", "*", "0.0.0.0", "[::]");
            foreach (var port in ((List<object?>)service["ports"]!).Cast<string>().Select(static port => port.Split(':')))
            {
                port[^1].ShouldBe(listens.Port.ToString(CultureInfo.InvariantCulture), name);
                port[0].ShouldBe("127.0.0.1", $"{name} trusts its callers: only this machine may be one");
            }
        }
    }

    /// <summary>Channels belong to a server, not to a database, so a database of its own would not keep installations apart.</summary>
    [Fact]
    public void InstallationsOnOneRedisHaveKeyPrefixesOfTheirOwn()
    {
        var sharing = _services.Values.Select(static service => MapOf(service, "environment")).Where(static environment => environment.ContainsKey("Redis__Configuration")).ToList();

        sharing.Count.ShouldBe(2);
        sharing.Select(static environment => environment["Redis__Configuration"]).Distinct().ShouldBe(["redis:6379"]);
        sharing.Select(static environment => environment.GetValueOrDefault("Redis__KeyPrefix") ?? RedisOptions.DefaultKeyPrefix).ShouldBeUnique();
    }

    [Fact]
    public void EachImageIsProbedByItsOwnProgram()
    {
        foreach (var (name, service, target) in Built())
        {
            service.ShouldNotContainKey("entrypoint", name);
            ((List<object?>)MapOf(service, "healthcheck")["test"]!).Take(4).ShouldBe(["CMD", "dotnet", Targets[target].Program, "--probe"], name);
        }
    }

    [Fact]
    public void AGatewayOfTheEmulatedClusterFindsItInItsContainer()
    {
        var emulated = Built().Where(static built => MapOf(built.Service, "environment").GetValueOrDefault("Kubernetes__Mode") is "Emulated").ToList();

        emulated.ShouldNotBeEmpty();
        foreach (var (name, service, _) in emulated)
        {
            var environment = MapOf(service, "environment");
            environment["Emulator__Start"].ShouldBe("false", name);
            var url = new Uri((string)environment["Emulator__Url"]!);
            var emulator = Built().Single(built => built.Name == url.Host);
            emulator.Target.ShouldBe("emulator");
            BindingAddress.Parse((string)MapOf(emulator.Service, "environment")["Emulator__Url"]!).Port.ShouldBe(url.Port);
        }
    }

    private IEnumerable<(string Name, Dictionary<string, object?> Service, string Target)> Built() =>
        _services.Where(static pair => pair.Value.ContainsKey("build"))
            .Select(static pair => (pair.Key, pair.Value, (string)MapOf(pair.Value, "build")["target"]!));

    private static Dictionary<string, object?> MapOf(Dictionary<string, object?> service, string member) =>
        service.TryGetValue(member, out var value) ? HelmChart.Map(value) : [];

    /// <summary>With what <c>&lt;&lt;</c> takes in; what a service says itself wins.</summary>
    private static Dictionary<string, object?> Merged(Dictionary<string, object?> map)
    {
        if (!map.TryGetValue("<<", out var taken))
            return map;
        var merged = Merged(HelmChart.Map(taken));
        return map.Where(static pair => pair.Key != "<<").Aggregate(new Dictionary<string, object?>(merged), static (all, pair) =>
        {
            all[pair.Key] = pair.Value;
            return all;
        });
    }
}
