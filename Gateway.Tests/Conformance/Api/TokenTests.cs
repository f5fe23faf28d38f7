using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Service-account tokens as callers carry them, and what a review says about them.</summary>
public sealed class TokenTests(ControlPlanes planes)
{
    private const string Audience = "registry-gateway";
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";

    [Theory, ControlPlanes]
    public async Task ATokenBoundToAPodNamesThePod(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var account = (await cluster.Api.GetAsync($"{cluster.ServiceAccounts}/{TestCluster.ServiceAccount}")).Expect(200);

        var status = await ReviewAsync(cluster, await cluster.TokenAsync("orders-1"));

        status.Flag("authenticated").ShouldBe(true);
        status.Text("user", "username").ShouldBe($"system:serviceaccount:{cluster.Namespace}:app");
        status.Text("user", "uid").ShouldBe(account.Uid());
        Texts(status.At("user", "groups")).ShouldBe(
            ["system:serviceaccounts", $"system:serviceaccounts:{cluster.Namespace}", "system:authenticated"], ignoreOrder: true);
        Texts(status.At("user", "extra", PodName)).ShouldBe(["orders-1"]);
        Texts(status.At("user", "extra", PodUid)).ShouldBe([pod.Uid()]);
        Texts(status.At("audiences")).ShouldBe([Audience]);
        status.At("error").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task ATokenThatIsNotBoundNamesNoPod(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var status = await ReviewAsync(cluster, await cluster.TokenAsync());
        status.Flag("authenticated").ShouldBe(true);
        status.At("user", "extra", PodName).ShouldBeNull();
        status.At("user", "extra", PodUid).ShouldBeNull();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "someone-else", "")]
    public async Task ATokenForAnotherAudienceIsNotAuthenticated(ControlPlaneCase on, string audience)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        // Without an audience the review means the API server's own.
        await ShouldBeRefusedAsync(cluster, await cluster.TokenAsync("orders-1"), audience);
    }

    [Theory, ControlPlanes]
    public async Task OfSeveralAudiencesTheCommonOnesAreAnswered(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var status = await ReviewAsync(cluster, await cluster.TokenAsync(), "someone-else", Audience);
        status.Flag("authenticated").ShouldBe(true);
        Texts(status.At("audiences")).ShouldBe([Audience]);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.")]
    public async Task WhatIsNoTokenIsNotAuthenticated(ControlPlaneCase on, string token)
    {
        await using var cluster = await planes.OpenAsync(on);
        await ShouldBeRefusedAsync(cluster, token);
    }

    [Theory, ControlPlanes]
    public async Task ATokenWhoseSignatureWasTouchedIsNotAuthenticated(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var token = await cluster.TokenAsync();
        var signature = token.LastIndexOf('.') + 1;
        await ShouldBeRefusedAsync(cluster, string.Concat(token.AsSpan(0, signature), token[signature] == 'A' ? "B" : "A", token.AsSpan(signature + 1)));
    }

    [Theory, ControlPlanes]
    public async Task AReviewWithoutATokenIsInvalid(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var answer = await cluster.Api.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{}}""");
        answer.ExpectRefusal(400, "BadRequest");
    }

    [Theory, ControlPlanes]
    public async Task ATokenDiesWithItsPod(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var token = await cluster.TokenAsync("orders-1");
        await cluster.RemovePodAsync("orders-1");
        await ShouldBeRefusedAsync(cluster, token);
    }

    [Theory, ControlPlanes]
    public async Task ATokenIsNotTheNextPodsOfThatName(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var token = await cluster.TokenAsync("orders-1");
        await cluster.RemovePodAsync("orders-1");
        await cluster.AddPodAsync("orders-1");
        await ShouldBeRefusedAsync(cluster, token);
    }

    [Theory, ControlPlanes]
    public async Task ATerminatingPodsTokenIsStillGood(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var token = await cluster.TokenAsync("orders-1");
        await cluster.TerminateAsync("orders-1");
        (await ReviewAsync(cluster, token)).Flag("authenticated").ShouldBe(true);
    }

    [Theory, ControlPlanes]
    public async Task ATokenDiesWithItsAccount(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var token = await cluster.TokenAsync();
        (await cluster.Api.DeleteAsync($"{cluster.ServiceAccounts}/{TestCluster.ServiceAccount}")).Expect(200);
        await ShouldBeRefusedAsync(cluster, token);
    }

    [Theory, ControlPlanes]
    public async Task ATokenIsNotIssuedForAPodThatIsNotThereOrOfAnotherUid(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await RequestAsync(cluster, "nobody", null)).ExpectRefusal(404, "NotFound");
        (await RequestAsync(cluster, "orders-1", Guid.NewGuid().ToString())).ExpectRefusal(409, "Conflict");
        (await RequestAsync(cluster, "orders-1", null)).Expect(201);
    }

    [Theory, ControlPlanes]
    public async Task ATokenIsNotIssuedForAPodOfAnotherAccount(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("orders-1") { Spec = """{"serviceAccountName":"app"}""" });
        (await cluster.Api.PostAsync(cluster.ServiceAccounts, KubernetesJson.Parse("""{"metadata":{"name":"other"}}"""))).Expect(201);
        (await RequestAsync(cluster, "orders-1", null, account: "other")).ExpectRefusal(400, "BadRequest");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, 1, 599)]
    public async Task ATokenLivesTenMinutesAtLeast(ControlPlaneCase on, int seconds)
    {
        await using var cluster = await planes.OpenAsync(on);
        var answer = await RequestAsync(cluster, null, null, seconds: seconds);
        answer.ExpectRefusal(422, "Invalid");
        answer.Causes.ShouldBe(["FieldValueInvalid spec.expirationSeconds"]);
    }

    [Theory, ControlPlanes]
    public async Task TheAnswerSaysWhenTheTokenEnds(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var answer = (await RequestAsync(cluster, null, null, seconds: 1200)).Expect(201);
        var end = DateTimeOffset.Parse(answer.Text("status", "expirationTimestamp")!);
        end.ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(15), DateTimeOffset.UtcNow.AddMinutes(25));
        answer.Text("kind").ShouldBe("TokenRequest");
    }

    [Theory, ControlPlanes]
    public async Task WhoComesWithATokenIsItsAccount(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var issuer = await cluster.TokenAsync(audience: "https://kubernetes.default.svc.cluster.local");
        var own = new ApiCalls(cluster.Plane.Admin, issuer);
        Assert.SkipWhen((await own.GetAsync("/version")).Status == 401, "the API server's own audience is another");

        // Known, but without a right.
        var answer = await own.GetAsync(cluster.Pods);
        answer.ExpectRefusal(403, "Forbidden");
        answer.Message.ShouldContain($"User \"system:serviceaccount:{cluster.Namespace}:app\" cannot list resource \"pods\"");

        // A token for the gateway opens nothing at the API server.
        var gateways = new ApiCalls(cluster.Plane.Admin, await cluster.TokenAsync("orders-1"));
        (await gateways.GetAsync(cluster.Pods)).ExpectRefusal(401, "Unauthorized");
    }

    private static async Task<JsonObject> ReviewAsync(TestCluster cluster, string token, params string[] audiences)
    {
        var spec = new JsonObject { ["token"] = token };
        var wanted = audiences.Length == 0 ? [Audience] : audiences;
        if (wanted is not [""])
        {
            spec["audiences"] = new JsonArray([.. wanted.Select(static name => (JsonNode)name)]);
        }

        var review = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenReview", ["spec"] = spec };
        var answer = (await cluster.Api.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", review)).Expect(201);
        return answer["status"]!.AsObject();
    }

    private static async Task ShouldBeRefusedAsync(TestCluster cluster, string token, params string[] audiences)
    {
        // A real server looks pods and accounts up in its own cache, which follows a deletion within moments, and then remembers a good
        // answer for ten seconds.
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var status = await ReviewAsync(cluster, token, audiences);
        while ((status.Flag("authenticated") ?? false) && await pace.WaitForNextTickAsync(deadline.Token))
            status = await ReviewAsync(cluster, token, audiences);

        (status.Flag("authenticated") ?? false).ShouldBeFalse();
        status.Text("error").ShouldNotBeNullOrEmpty();
        status.At("user", "username").ShouldBeNull();
    }

    private static Task<ApiAnswer> RequestAsync(TestCluster cluster, string? pod, string? uid, string account = TestCluster.ServiceAccount, int seconds = 3600)
    {
        var spec = new JsonObject { ["audiences"] = new JsonArray(Audience), ["expirationSeconds"] = seconds };
        if (pod is not null)
        {
            var bound = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod };
            if (uid is not null)
            {
                bound["uid"] = uid;
            }

            spec["boundObjectRef"] = bound;
        }

        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        return cluster.Api.PostAsync($"{cluster.ServiceAccounts}/{account}/token", request);
    }

    private static IEnumerable<string?> Texts(JsonNode? list) => list is JsonArray items ? items.Select(static item => (string?)item) : [];
}
