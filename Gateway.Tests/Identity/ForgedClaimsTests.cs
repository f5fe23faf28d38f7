using System.Net;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Results;
using Gateway.Tests.Kubernetes.Informers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Identity;

/// <summary>What an unverified token says is never a part of a request to the API server.</summary>
public sealed class ForgedClaimsTests
{
    private static readonly IPAddress Source = IPAddress.Parse("10.9.9.9");

    public static TheoryData<string, string> NoNames => new()
    {
        { "", "" },
        { "..", "" },
        { "a", "" },
        { "a", "." },
        { "a", ".." },
        { "a", "b/c" },
        { "", "b" },
        { ".", "b" },
        { "a/b", "c" },
        { "a", "b%2fc" },
        { "a", "b?watch=1" },
        { "a", "b#c" },
        { "a", "B" },
        { "a.b", "c" },
        { "a", "-b" },
        { "a", "b\n" },
    };

    [Theory]
    [MemberData(nameof(NoNames))]
    public async Task APodThatCannotBeIsRefusedWithoutOneRequest(string ns, string pod)
    {
        await using var server = await ScriptedApiServer.StartAsync();
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(new() { BaseAddress = server.Address, NeverUsesProxy = true }, new KubernetesOptions(), metrics);
        var options = new IdentityOptions();
        var calls = new ReviewCalls(api, options, TimeProvider.System, metrics, NullLogger<ReviewCalls>.Instance);
        var tokens = new TokenAuthenticator(
            options, calls, new MemoryClusterView(), TimeProvider.System, metrics, NullLogger<TokenAuthenticator>.Instance);

        var token = Forged(ns, pod);
        var refused = await tokens.AuthenticateAsync(token, Source, TestContext.Current.CancellationToken).Within();
        refused.Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
        server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task ThreeHundredForgedTokensFromOneAddressEndIn429()
    {
        var world = new IdentityWorld();
        var codes = new List<string>();
        for (var i = 0; i < 300; i++)
            codes.Add((await world.Tokens.AuthenticateAsync(Forged("", "", i), Source, TestContext.Current.CancellationToken)).Refusal!.Code);

        codes.Take(100).ShouldAllBe(static code => code == RefusalCodes.Unauthenticated);
        codes.Skip(100).ShouldAllBe(static code => code == RefusalCodes.RateLimited);
        (world.Server.Gets, world.Server.TokenReviews).ShouldBe((0, 0));
    }

    [Fact]
    public async Task AForgedTokenOfAPodThatIsThereIsReviewedAndCostsNoGet()
    {
        var world = new IdentityWorld();
        world.Server.Put(IdentityWorld.NewPod("orders-1", ns: "a"));
        (await RefusedAsync(world, Forged("a", "orders-1"))).ShouldBe(RefusalCodes.PodGone, "the cache does not hold that uid");
        world.View.See(IdentityWorld.NewPod("orders-1", ns: "a", uid: "u"));
        (await RefusedAsync(world, Forged("a", "orders-1", 1))).ShouldBe(RefusalCodes.Unauthenticated, "the pod is there, so its absence is not the reason");
        (world.Server.Gets, world.Server.TokenReviews).ShouldBe((0, 2));
    }

    [Fact]
    public async Task OnlyAReplicaThatWatchesTheNamespaceAndHasSyncedSaysThatAPodIsGone()
    {
        var world = new IdentityWorld();
        world.View.Unwatched.Add("elsewhere");
        (await RefusedAsync(world, Forged("elsewhere", "orders-1"))).ShouldBe(RefusalCodes.Unauthenticated);
        (await RefusedAsync(world, Forged("a", "orders-1"))).ShouldBe(RefusalCodes.PodGone);
        world.View.HasSynced = false;
        (await RefusedAsync(world, Forged("a", "orders-2"))).ShouldBe(RefusalCodes.Unauthenticated);
    }

    private static async Task<string> RefusedAsync(IdentityWorld world, string token) =>
        (await world.Tokens.AuthenticateAsync(token, Source, TestContext.Current.CancellationToken).Within()).Refusal!.Code;

    private static string Forged(string ns, string pod, int id = 0) => IdentityWorld.Jwt(new Dictionary<string, object>
    {
        ["aud"] = "registry-gateway",
        ["exp"] = 4_000_000_000,
        ["jti"] = id,
        ["kubernetes.io"] = new { @namespace = ns, pod = new { name = pod, uid = "u" } },
    });
}
