using System.Collections.Immutable;
using System.Text;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Conformance.Api;
using Gateway.Tests.Conformance.Planes;
using k8s.Models;

namespace Gateway.Tests.Conformance.Following;

/// <summary>The gateway's own client: what it reads, and how it names what goes wrong.</summary>
public sealed class ClientTests(ControlPlanes planes)
{
    private const string Key = "registry-gateway.io/a";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory, ControlPlanes]
    public async Task AGetIsLiveAndAMissingPodIsNull(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        (await plane.Api.GetPodAsync(cluster.Namespace, "orders-1", Deadline)).ShouldBeNull();
        var written = await cluster.AddPodAsync("orders-1");
        var read = (await plane.Api.GetPodAsync(cluster.Namespace, "orders-1", Deadline)).ShouldNotBeNull();
        (read.Metadata.Uid, read.Metadata.Version.ToString()).ShouldBe((written.Uid(), written.VersionText()));
    }

    [Theory, ControlPlanes]
    public async Task APatchAnswersWithThePodAndADryRunWritesNothing(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        var pod = await cluster.AddPodAsync("orders-1");
        var tried = await PatchAsync(plane, PatchTests.Annotate(Key, "1"), dryRun: true);
        tried.Metadata.Annotations[Key].ShouldBe("1");
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body.VersionText().ShouldBe(pod.VersionText());
        var patched = await PatchAsync(plane, PatchTests.Annotate(Key, "1", uid: pod.Uid()));
        patched.Metadata.Annotations[Key].ShouldBe("1");
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body.VersionText().ShouldBe(patched.Metadata.Version.ToString());
    }

    [Theory, ControlPlanes]
    public async Task EachRefusalOfAPatchIsKnownByItsKind(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        (await FailureAsync(PatchTests.Annotate(Key, "1"))).IsNotFound.ShouldBeTrue();
        await cluster.AddPodAsync("orders-1");

        var uid = await FailureAsync(PatchTests.Annotate(Key, "1", uid: Guid.NewGuid().ToString()));
        (uid.IsWrongUid, uid.IsInvalid, uid.IsConflict, uid.MayHaveBeenApplied).ShouldBe((true, true, false, false));
        var version = await FailureAsync(PatchTests.Annotate(Key, "1", version: "1"));
        (version.IsConflict, version.IsWrongUid).ShouldBe((true, false));
        var large = await FailureAsync(PatchTests.Annotate(Key, new string('x', 262_144)));
        (large.IsAnnotationsTooLong, large.IsWrongUid).ShouldBe((true, false));
        var key = await FailureAsync(PatchTests.Annotate("not a key", "1"));
        (key.IsInvalid, key.IsWrongUid, key.IsAnnotationsTooLong).ShouldBe((true, false, false));

        async Task<KubernetesApiException> FailureAsync(string patch) => await Should.ThrowAsync<KubernetesApiException>(() => PatchAsync(plane, patch));
    }

    [Theory, ControlPlanes]
    public async Task AListFromTheFutureAndALostPageAreKnownByTheirKind(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        var future = await Should.ThrowAsync<KubernetesApiException>(() =>
            plane.Api.ListAsync(ResourceTypes.Pods, new ListRequest { Namespace = cluster.Namespace, ResourceVersion = "9999999999" }, Deadline));
        future.IsResourceVersionTooLarge.ShouldBeTrue();
        future.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Theory, ControlPlanes]
    public async Task ATokenOfAPodIsReviewed(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        var pod = await cluster.AddPodAsync("orders-1");
        var token = await cluster.TokenAsync("orders-1");

        var status = await plane.Api.ReviewTokenAsync(token, "registry-gateway", Deadline);
        status.Authenticated.ShouldBe(true);
        status.User.Username.ShouldBe($"system:serviceaccount:{cluster.Namespace}:app");
        status.User.Extra[KubernetesUser.PodNameKey].ShouldBe(["orders-1"]);
        status.User.Extra[KubernetesUser.PodUidKey].ShouldBe([pod.Uid()]);
        status.Audiences.ShouldBe(["registry-gateway"]);

        var other = await plane.Api.ReviewTokenAsync(token, "someone-else", Deadline);
        (other.Authenticated == true, string.IsNullOrEmpty(other.Error)).ShouldBe((false, false));

        var review = new V1SubjectAccessReviewSpec
        {
            User = status.User.Username,
            Uid = status.User.Uid,
            Groups = status.User.Groups,
            Extra = status.User.Extra,
            ResourceAttributes = new V1ResourceAttributes { Verb = "patch", Resource = "pods", NamespaceProperty = cluster.Namespace },
        };
        (await plane.Api.ReviewAccessAsync(review, Deadline)).ShouldBeFalse();
        (await plane.Api.ReviewAccessAsync(review with { Groups = ["system:masters"] }, Deadline)).ShouldBeTrue();
        (await plane.Api.ReviewOwnAccessAsync(new V1ResourceAttributes { Verb = "list", Resource = "pods" }, Deadline)).ShouldBeTrue();
    }

    [Theory, ControlPlanes]
    public async Task ALeaseIsTakenByOneOfTwo(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        (await plane.Api.GetLeaseAsync(cluster.Namespace, "gateway", Deadline)).ShouldBeNull();
        var now = new DateTime(2026, 11, 20, 10, 0, 0, DateTimeKind.Utc);
        var wanted = new V1Lease
        {
            Metadata = new() { NamespaceProperty = cluster.Namespace, Name = "gateway" },
            Spec = new() { HolderIdentity = "a", LeaseDurationSeconds = 15, AcquireTime = now.AddMicroseconds(123456), RenewTime = now },
        };
        var created = await plane.Api.CreateLeaseAsync(wanted, Deadline);
        (created.Spec.HolderIdentity, created.Spec.AcquireTime, created.Spec.RenewTime).ShouldBe(("a", wanted.Spec.AcquireTime, now));
        (await Should.ThrowAsync<KubernetesApiException>(() => plane.Api.CreateLeaseAsync(wanted, Deadline))).IsAlreadyExists.ShouldBeTrue();
        (await plane.Api.UpdateLeaseAsync(Held(created, "b"), Deadline)).Spec.HolderIdentity.ShouldBe("b");
        (await Should.ThrowAsync<KubernetesApiException>(() => plane.Api.UpdateLeaseAsync(Held(created, "c"), Deadline))).IsConflict.ShouldBeTrue();
        (await plane.Api.GetLeaseAsync(cluster.Namespace, "gateway", Deadline))!.Spec.HolderIdentity.ShouldBe("b");
    }

    private static V1Lease Held(V1Lease lease, string holder) => lease with { Spec = lease.Spec with { HolderIdentity = holder } };

    private static Task<Pod> PatchAsync(FollowedPlane plane, string patch, bool dryRun = false) =>
        plane.Api.PatchPodAsync(plane.Cluster.Namespace, "orders-1", Encoding.UTF8.GetBytes(patch), dryRun, Deadline);
}
