using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Kubernetes.Informers;
using k8s.Models;

namespace Gateway.Tests.Kubernetes.Client;

public sealed class KubernetesApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APatchIsAMergePatchUnderTheGatewaysName()
    {
        await using var fixture = await ApiFixture.StartAsync(new KubernetesOptions { InstanceName = "replica-1" });
        var patching = fixture.Api.PatchPodAsync("shop", "orders-1", """{"metadata":{}}"""u8.ToArray(), dryRun: true, Token);
        var request = await fixture.Server.NextAsync();
        (request.Method, request.Path).ShouldBe(("PATCH", "/api/v1/namespaces/shop/pods/orders-1"));
        request.Header("Content-Type").ShouldBe("application/merge-patch+json");
        request.Query("fieldManager").ShouldBe("registry-gateway");
        request.Query("dryRun").ShouldBe("All");
        request.Header("User-Agent").ShouldNotBeNull().ShouldMatch("^registry-gateway/[0-9.]+ \\(replica-1\\)$");
        request.Body.ShouldBe("""{"metadata":{}}""");
        await request.AnswerAsync(200, Wire.Pod("orders-1", 7));
        (await patching).Metadata.Version.ShouldBe(7UL);
    }

    [Fact]
    public async Task APodIsReadAndPatchedByProtobufWhereTheServerSpeaksIt()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reading = fixture.Api.GetPodAsync("shop", "orders-1", Token);
        var read = await fixture.Server.NextAsync();
        read.Header("Accept").ShouldBe("application/vnd.kubernetes.protobuf,application/json");
        await read.AnswerAsync(200, Wire.Pod("orders-1", 7));
        (await reading).ShouldNotBeNull();

        var patching = PatchAsync(fixture);
        var patch = await fixture.Server.NextAsync();
        patch.Header("Accept").ShouldBe("application/vnd.kubernetes.protobuf,application/json");
        await patch.AnswerAsync(200, Wire.Pod("orders-1", 8));
        await patching;
    }

    [Fact]
    public async Task APatchWhoseMediaTypeAProxyRefusesIsSentAgainForJson()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var patching = PatchAsync(fixture);
        await (await fixture.Server.NextAsync()).AnswerAsync(406, Wire.Status(406, "NotAcceptable"));
        var again = await fixture.Server.NextAsync();
        (again.Method, again.Header("Accept")).ShouldBe(("PATCH", "application/json"));
        await again.AnswerAsync(200, Wire.Pod("orders-1", 7));
        await patching;
    }

    [Fact]
    public async Task AWrongUidIsToldApartFromOtherInvalidPatches()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var wrongUid = await FailAsync(fixture, "13-patch-wrong-uid");
        (wrongUid.IsWrongUid, wrongUid.IsAnnotationsTooLong, wrongUid.MayHaveBeenApplied).ShouldBe((true, false, false));
        var tooLong = await FailAsync(fixture, "16-patch-annotations-too-long");
        (tooLong.IsWrongUid, tooLong.IsAnnotationsTooLong).ShouldBe((false, true));
        var future = await FailAsync(fixture, "05-list-future-version");
        future.IsResourceVersionTooLarge.ShouldBeTrue();
        future.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(409, "Conflict", false)]
    [InlineData(429, "TooManyRequests", false)]
    [InlineData(500, "InternalError", true)]
    [InlineData(503, "ServiceUnavailable", true)]
    [InlineData(504, "Timeout", true)]
    public async Task AWriteThatTheServerFailsMayHaveBeenApplied(int status, string reason, bool may)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var patching = PatchAsync(fixture);
        await (await fixture.Server.NextAsync()).AnswerAsync(status, Wire.Status(status, reason), ("Retry-After", "4"));
        var failure = await patching.ShouldThrowAsync<KubernetesApiException>();
        (failure.StatusCode, failure.Reason, failure.MayHaveBeenApplied).ShouldBe((status, reason, may));
        failure.RetryAfter.ShouldBe(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task AWriteWhoseAnswerIsLostMayHaveBeenAppliedAndOneThatFoundNoServerNot()
    {
        var fixture = await ApiFixture.StartAsync();
        var patching = PatchAsync(fixture);
        (await fixture.Server.NextAsync()).Cut();
        var lost = await patching.ShouldThrowAsync<KubernetesApiException>();
        (lost.StatusCode, lost.MayHaveBeenApplied).ShouldBe((0, true));

        await fixture.Server.DisposeAsync();
        var refused = await PatchAsync(fixture).ShouldThrowAsync<KubernetesApiException>();
        (refused.StatusCode, refused.MayHaveBeenApplied).ShouldBe((0, false));
        fixture.Api.Dispose();
    }

    [Fact]
    public async Task WhatIsCalledOffIsNoFailureOfTheServer()
    {
        await using var fixture = await ApiFixture.StartAsync();
        using var off = new CancellationTokenSource();
        var getting = fixture.Api.GetPodAsync("shop", "a", off.Token);
        await fixture.Server.NextAsync();
        await off.CancelAsync();
        await getting.ShouldThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task AMissingObjectIsNull()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var getting = fixture.Api.GetPodAsync("shop", "a", Token);
        var request = await fixture.Server.NextAsync();
        request.Query("resourceVersion").ShouldBeNull();
        await request.AnswerAsync(404, Wire.Status(404, "NotFound"));
        (await getting).ShouldBeNull();
    }

    [Theory]
    [InlineData("", "a")]
    [InlineData("shop", "")]
    [InlineData("shop", "..")]
    [InlineData("shop", "a/b")]
    public async Task AnObjectThatCannotBeIsNotAskedFor(string ns, string name)
    {
        await using var fixture = await ApiFixture.StartAsync();
        (await fixture.Api.GetPodAsync(ns, name, Token)).ShouldBeNull();
        fixture.Server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task NodesAreAskedForByTheirMetadata()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var listing = fixture.Api.ListAsync(ResourceTypes.Nodes, new() { ResourceVersion = "0" }, Token);
        var request = await fixture.Server.NextAsync();
        request.Header("Accept").ShouldBe(
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
        await request.AnswerAsync(200,
            """{"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"5"},"items":[{"kind":"PartialObjectMetadata","metadata":{"name":"n1","resourceVersion":"4","labels":{"topology.kubernetes.io/zone":"z1"}}},{"metadata":{"name":"n2","resourceVersion":"3"},"spec":{}}]}""");
        (await listing).Items.Select(static node => (node.Metadata.Name, node.Zone)).ShouldBe([("n1", "z1"), ("n2", null)]);
    }

    [Theory]
    [InlineData("""{"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],"kind":"ServiceList","metadata":{"resourceVersion":"9"}}""", 2)]
    [InlineData("""{"kind":"ServiceList","metadata":{"resourceVersion":"9"},"items":null}""", 0)]
    [InlineData("""{"kind":"ServiceList","metadata":{"resourceVersion":"9"},"items":[]}""", 0)]
    [InlineData(""" { "metadata" : { "resourceVersion" : "9" } , "n" : 1.5 , "items" : [ { "metadata" : {"name":"]}\"{["} } ] } """, 1)]
    public async Task AListIsReadInWhateverOrderItIsWritten(string body, int items)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var listing = fixture.Api.ListAsync(ResourceTypes.Services, new(), Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, body);
        var list = await listing;
        list.Items.Count.ShouldBe(items);
        list.Version.ShouldBe(9UL);
    }

    [Theory]
    [InlineData("""{"kind":"ServiceList","items":[]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}}{"metadata":{"name":"b"}}]}""")]
    [InlineData("""[]""")]
    [InlineData("""<html></html>""")]
    public async Task AListThatIsNoneIsSaidToBeUnreadable(string body)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var listing = fixture.Api.ListAsync(ResourceTypes.Services, new(), Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, body);
        (await listing.ShouldThrowAsync<KubernetesApiException>()).IsUnreadable.ShouldBeTrue();
    }

    [Fact]
    public async Task ARefusedTokenIsReadAgainAndTheRequestRepeatedOnce()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "old\n", Token);
        await using var fixture = await ApiFixture.StartAsync(connect: address => new()
        {
            BaseAddress = address,
            NeverUsesProxy = true,
            Credentials = new FileCredential(TimeProvider.System, file, null),
        });
        var getting = fixture.Api.GetPodAsync("shop", "a", Token);
        var first = await fixture.Server.NextAsync();
        first.Header("Authorization").ShouldBe("Bearer old");
        await File.WriteAllTextAsync(file, "new\n", Token);
        await first.AnswerAsync(401, Wire.Status(401, "Unauthorized"));
        var second = await fixture.Server.NextAsync();
        second.Header("Authorization").ShouldBe("Bearer new");
        await second.AnswerAsync(401, Wire.Status(401, "Unauthorized"));
        (await getting.ShouldThrowAsync<KubernetesApiException>()).IsUnauthorized.ShouldBeTrue();
        File.Delete(file);
    }

    [Fact]
    public async Task LeasesAreCreatedAndReplacedByVersion()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var lease = new V1Lease
        {
            Metadata = new() { Name = "leader", NamespaceProperty = "registry", ResourceVersion = "12" },
            Spec = new() { HolderIdentity = "a", LeaseDurationSeconds = 15, RenewTime = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc), LeaseTransitions = 2 },
        };
        var updating = fixture.Api.UpdateLeaseAsync(lease, Token);
        var request = await fixture.Server.NextAsync();
        (request.Method, request.Path).ShouldBe(("PUT", "/apis/coordination.k8s.io/v1/namespaces/registry/leases/leader"));
        request.Body.ShouldBeJson(
            """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"leader","namespace":"registry","resourceVersion":"12"},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,"leaseTransitions":2,"renewTime":"2026-01-02T03:04:05.678000Z"}}""");
        await request.AnswerAsync(200, request.Body.Replace("\"12\"", "\"13\"", StringComparison.Ordinal));
        var updated = await updating;
        updated.Metadata.ResourceVersion.ShouldBe("13");
        updated.Spec.ShouldBe(lease.Spec);
    }

    [Fact]
    public async Task ALeaseIsReplacedWithWhatOthersWroteIntoIt()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var getting = fixture.Api.GetLeaseAsync("registry", "leader", Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(200, """
            {"kind":"Lease","apiVersion":"coordination.k8s.io/v1",
             "metadata":{"name":"leader","namespace":"registry","uid":"u","resourceVersion":"12","creationTimestamp":"2026-01-02T03:04:05Z","labels":{"app":"registry"},
                         "managedFields":[{"manager":"registry-gateway","operation":"Update","time":"2026-01-02T03:04:05Z","fieldsV1":{"f:spec":{}}}]},
             "spec":{"holderIdentity":"a","acquireTime":"2026-01-02T03:04:05.000000Z","leaseTransitions":2}}
            """);
        var lease = (await getting).ShouldNotBeNull();
        var updating = fixture.Api.UpdateLeaseAsync(lease with { Spec = lease.Spec with { HolderIdentity = "b" } }, Token);
        var request = await fixture.Server.NextAsync();
        // A MicroTime without its six decimals is a 400 of the API server.
        request.Body.ShouldBeJson("""
            {"kind":"Lease","apiVersion":"coordination.k8s.io/v1",
             "metadata":{"name":"leader","namespace":"registry","uid":"u","resourceVersion":"12","creationTimestamp":"2026-01-02T03:04:05.000000Z","labels":{"app":"registry"}},
             "spec":{"holderIdentity":"b","acquireTime":"2026-01-02T03:04:05.000000Z","leaseTransitions":2}}
            """);
        await request.AnswerAsync(200, request.Body);
        await updating;
    }

    [Theory]
    [InlineData("", "leader")]
    [InlineData("registry", "")]
    [InlineData("registry", "..")]
    [InlineData("..", "leader")]
    public async Task ALeaseThatCannotBeIsNotAskedFor(string ns, string name)
    {
        await using var fixture = await ApiFixture.StartAsync();
        await fixture.Api.GetLeaseAsync(ns, name, Token).ShouldThrowAsync<ArgumentException>();
        fixture.Server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task AnEventRegardsItsObject()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var telling = fixture.Api.CreateEventAsync(new(new("Pod", "shop", "orders-1", "u"), "Unreadable", "read", "cannot be read", IsWarning: true), Token);
        var request = await fixture.Server.NextAsync();
        (request.Method, request.Path).ShouldBe(("POST", "/apis/events.k8s.io/v1/namespaces/shop/events"));
        var sent = JsonNode.Parse(request.Body)!;
        sent["regarding"]!.ToJsonString().ShouldBeJson("""{"apiVersion":"v1","kind":"Pod","namespace":"shop","name":"orders-1","uid":"u"}""");
        sent["metadata"]!["name"]!.GetValue<string>().ShouldMatch("^orders-1\\.[0-9a-f]+$");
        sent["eventTime"]!.GetValue<string>().ShouldMatch(@"^[-0-9]{10}T[:0-9]{8}\.\d{6}Z$");
        foreach (var (member, value) in new[]
        {
            ("apiVersion", "events.k8s.io/v1"), ("kind", "Event"), ("type", "Warning"), ("reason", "Unreadable"), ("action", "read"), ("note", "cannot be read"),
            ("reportingController", "registry-gateway"), ("reportingInstance", Environment.MachineName),
        })
            sent[member]!.GetValue<string>().ShouldBe(value);
        await request.AnswerAsync(201, request.Body);
        await telling;
    }

    private static Task<Pod> PatchAsync(ApiFixture fixture) => fixture.Api.PatchPodAsync("shop", "a", "{}"u8.ToArray(), false, Token);

    private static async Task<KubernetesApiException> FailAsync(ApiFixture fixture, string recording) =>
        await fixture.PlayAsync(recording, api => api.PatchPodAsync("shop", "a", "{}"u8.ToArray(), false, Token)).ShouldThrowAsync<KubernetesApiException>();
}
