using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Kubernetes.Informers;
using k8s.Models;

namespace Gateway.Tests.Kubernetes.Client;

public sealed class RecordedAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APodIsReadWithWhatMattersOfIt()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var pod = (await fixture.PlayAsync("01-get-pod", api => api.GetPodAsync("shop", "orders-2", Token))).ShouldNotBeNull();
        pod.Metadata.Key.ShouldBe(new ObjectKey("shop", "orders-2"));
        pod.Metadata.Uid.ShouldBe("17e6ddcc-8894-4bdb-85eb-57605765ab59");
        pod.Metadata.Version.ShouldBe(45202UL);
        pod.Metadata.Labels["app"].ShouldBe("orders");
        pod.NodeName.ShouldBe("node-1");
        pod.Containers.ShouldBe(["app"]);
        pod.Phase.ShouldBe(PodPhase.Running);
        pod.Ready.ShouldBeTrue();
        pod.PodIPs.ShouldBe(["10.1.0.7"]);
        pod.ContainerStatuses.ShouldBe([new("app", 0, new(2026, 11, 20, 0, 0, 5, TimeSpan.Zero)) { Run = "000000000000" }]);
        pod.IsTerminating.ShouldBeFalse();
        pod.Unreadable.ShouldBeFalse();
    }

    [Fact]
    public async Task ATerminatingPodHasItsDeletionTimestamp()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var pod = await fixture.PlayAsync("35-pod-terminating", api => api.GetPodAsync("shop", "orders-2", Token));
        pod!.Metadata.DeletionTimestamp.ShouldBe(new(2026, 11, 20, 19, 58, 50, TimeSpan.Zero));
        pod.IsTerminating.ShouldBeTrue();
    }

    [Fact]
    public async Task APageOfPodsSaysHowToGoOnAndAnnotationsAreKeptByChoiceButCountedAll()
    {
        await using var fixture = await ApiFixture.StartAsync(keep: static key => key == "x/y");
        var list = await fixture.PlayAsync("02-list-pods", api => api.ListAsync(ResourceTypes.Pods, new() { Namespace = "shop", Limit = 1 }, Token));
        list.Version.ShouldBe(45213UL);
        list.Continue.ShouldStartWith("eyJ2Ijoi");
        var metadata = list.Items.ShouldHaveSingleItem().Metadata;
        metadata.Annotations.ShouldHaveSingleItem().ShouldBe(new("x/y", "1"));
        // kubectl's key and its value, unescaped; "x/y" and "1".
        metadata.AnnotationBytes.ShouldBe(48 + 257 + 3 + 1);
    }

    [Fact]
    public async Task AWatchTellsAddedModifiedDeletedAndBookmarks()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var events = await ReadWatchAsync(fixture, "26-watch-selector");
        events.Select(static told => (told.Type, told.Version)).ShouldBe(
        [
            (WatchEventType.Modified, 45217UL), (WatchEventType.Deleted, 45218UL), (WatchEventType.Added, 45222UL),
            (WatchEventType.Modified, 45226UL), (WatchEventType.Deleted, 45227UL), (WatchEventType.Bookmark, 45227UL),
        ]);
        events[3].Object!.IsTerminating.ShouldBeTrue();
        events.ShouldAllBe(static told => told.Failure == null);
    }

    [Fact]
    public async Task AWatchWhoseFramesHaveLineBreaksReadsTheSame()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var events = await ReadWatchAsync(fixture, "28-watch-bookmarks");
        events[0].Object!.Metadata.Name.ShouldBe("orders-1");
        events[0].Type.ShouldBe(WatchEventType.Added);
    }

    [Fact]
    public async Task AServiceIsReadForItsAddressPortsAndSelector()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var service = await fixture.PlayAsync("37-service", api => api.GetAsync(ResourceTypes.Services, "shop", "orders", Token));
        service!.ClusterIP.ShouldBe("10.96.17.121");
        service.ClusterIPs.ShouldBe(["10.96.17.121"]);
        service.Ports.ShouldBe([new("http", 80, "8080", "TCP", null)]);
        service.Selector.ShouldNotBeNull()["app"].ShouldBe("orders");
        service.Type.ShouldBe("ClusterIP");
        service.IsHeadless.ShouldBeFalse();
    }

    [Fact]
    public async Task SlicesAreReadWithConditionsTargetsAndZones()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var list = await fixture.PlayAsync("32-endpointslices", api => api.ListAsync(ResourceTypes.EndpointSlices, new() { Namespace = "shop" }, Token));
        var slice = list.Items.ShouldHaveSingleItem();
        slice.ServiceName.ShouldBe("orders");
        slice.AddressType.ShouldBe("IPv4");
        slice.Ports.ShouldBe([new("http", 8080, "TCP", null)]);
        var endpoint = slice.Endpoints.ShouldHaveSingleItem();
        endpoint.Addresses.ShouldBe(["10.1.0.7"]);
        (endpoint.Ready, endpoint.Serving, endpoint.Terminating).ShouldBe((true, true, false));
        endpoint.Target.ShouldBe(new("Pod", "shop", "orders-2", "17e6ddcc-8894-4bdb-85eb-57605765ab59"));
        (endpoint.NodeName, endpoint.Zone).ShouldBe(("node-1", "zone-1"));
    }

    [Fact]
    public async Task EndpointsAreReadAsSlicesOfTheServiceOfTheirName()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var endpoints = await fixture.PlayAsync("34-endpoints-not-ready", api => api.GetAsync(ResourceTypes.Endpoints, "shop", "orders", Token));
        var slice = endpoints!.Slices.ShouldHaveSingleItem();
        slice.ServiceName.ShouldBe("orders");
        slice.Endpoints.Select(static endpoint => (endpoint.Addresses[0], endpoint.Ready, endpoint.Target!.Name))
            .ShouldBe([("10.1.0.5", true, "orders-1"), ("10.1.0.7", false, "orders-2")]);
        slice.Ports.ShouldBe([new("http", 8080, "TCP", null)]);
    }

    [Fact]
    public async Task ATokenReviewNamesThePod()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reviewing = fixture.Api.ReviewTokenAsync("the token", "registry-gateway", Token);
        var request = await fixture.Server.NextAsync();
        request.Path.ShouldBe("/apis/authentication.k8s.io/v1/tokenreviews");
        request.Body.ShouldBeJson(
            """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"the token","audiences":["registry-gateway"]}}""");
        await request.AnswerAsync(201, Recording.Read("38-tokenreview-pod-bound").Answer);
        var status = await reviewing;
        status.Authenticated.ShouldBe(true);
        status.User.Username.ShouldBe("system:serviceaccount:shop:default");
        status.Audiences.ShouldBe(["registry-gateway"]);
        status.User.Groups.Count.ShouldBe(3);
        status.User.Extra[KubernetesUser.PodNameKey].ShouldBe(["orders-1"]);
        status.User.Extra[KubernetesUser.PodUidKey].ShouldBe(["b5edadc7-4785-4949-b138-446b06c17531"]);
    }

    [Fact]
    public async Task ATokenOfAPodThatIsGoneIsNotAuthenticated()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var status = await fixture.PlayAsync("43-tokenreview-pod-gone", api => api.ReviewTokenAsync("t", "registry-gateway", Token));
        status.Authenticated.ShouldNotBe(true);
        status.Error.ShouldNotBeNull().ShouldContain("invalidated");
        status.Audiences.ShouldBeNull();
    }

    [Fact]
    public async Task AnAccessReviewIsAskedInFull()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var access = new V1ResourceAttributes { Verb = "patch", Resource = "pods", NamespaceProperty = "shop", Name = "orders-1" };
        var review = new V1SubjectAccessReviewSpec
        {
            User = "ann",
            Uid = "7",
            Groups = ["devs"],
            Extra = new Dictionary<string, IList<string>> { ["k"] = ["v"] },
            ResourceAttributes = access,
        };
        var reviewing = fixture.Api.ReviewAccessAsync(review, Token);
        var request = await fixture.Server.NextAsync();
        request.Body.ShouldBeJson(
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"ann","uid":"7","groups":["devs"],"extra":{"k":["v"]},"resourceAttributes":{"verb":"patch","resource":"pods","namespace":"shop","name":"orders-1"}}}""");
        await request.AnswerAsync(201, Recording.Read("41-sar-denied").Answer);
        (await reviewing).ShouldBeFalse();

        var own = fixture.Api.ReviewOwnAccessAsync(access, Token);
        request = await fixture.Server.NextAsync();
        request.Path.ShouldBe("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        request.Body.ShouldBeJson(
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":"patch","resource":"pods","namespace":"shop","name":"orders-1"}}}""");
        await request.AnswerAsync(201, """{"kind":"SelfSubjectAccessReview","status":{"allowed":true}}""");
        (await own).ShouldBeTrue();
    }

    private static async Task<List<WatchEvent<Pod>>> ReadWatchAsync(ApiFixture fixture, string recording)
    {
        var opening = fixture.Api.OpenWatchAsync(ResourceTypes.Pods,
            new() { Namespace = "shop", LabelSelector = "app=orders", ResourceVersion = "45216", Timeout = TimeSpan.FromSeconds(3) }, Token);
        var request = await fixture.Server.NextAsync(RequestKind.Watch);
        request.Query("labelSelector").ShouldBe("app=orders");
        await request.OpenAsync();
        using var watch = await opening.Within();
        await request.SendAsync(Recording.Read(recording).Answer + "\n");
        request.End();
        return await watch.ReadAsync(Token).ToListAsync(Token);
    }
}
