using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Explain;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Explain;

/// <summary>Every reason why an instance may be missing, with the sentences that a person needs: what was found, and what to do.</summary>
public sealed class ServiceExplainerTests
{
    private const string Ip = "10.1.0.1";

    private static readonly Service Orders = Given.Service("orders");
    private static readonly Pod One = Given.Pod("a", Ip);
    private static readonly Pod Registered = Given.Pod("a", Ip, Given.Record("a"));
    private static readonly EndpointSlice Slice = Given.Slice("orders", Given.Endpoint("a", Ip));

    private static readonly Dictionary<string, ExplainedSituation> Situations = new()
    {
        ["the namespace is not watched"] = new()
        {
            IsWatched = false,
            Check = "namespace",
            Found = "Namespace shop is not watched by this gateway.",
            Help = "Kubernetes__Namespaces",
        },
        ["there is no Service and no record"] = new()
        {
            Check = "service",
            Found = "There is no Service orders in namespace shop, and no pod registered under the name.",
            Help = "create a Service of that name in namespace shop. No service at all is known in namespace shop: is it the right one?",
        },
        ["the name is written otherwise"] = new(Given.Pod("a", Ip, Given.Record("a", "Orders")))
        {
            Check = "service",
            Found = "no pod registered under the name",
            Help = "There is Orders: names are case-sensitive.",
        },
        ["the pod registered under another name"] = new(Given.Pod("a", Ip, Given.Record("a", "billing")))
        {
            Pod = "a",
            Check = "service",
            Found = "pod a registered nothing under the name (it registered billing)",
            Help = "Register under the name",
        },
        ["the Service is an ExternalName"] = new(Orders with { Type = "ExternalName", ExternalName = "orders.example.com", Selector = null })
        {
            Check = "service",
            Found = "Service orders is of type ExternalName (it points to orders.example.com): it has no endpoints",
            Help = "by DNS",
        },
        ["the selector selects nothing"] = new(Given.Selecting("orders", "orders"), One)
        {
            Check = "service",
            Found = "Service orders selects no pod of namespace shop. It selects app=orders.",
            Help = "kubectl -n shop get pods --show-labels",
        },
        ["the selector selects nothing that is watched"] = new(Given.Selecting("orders", "orders"))
        {
            WatchesEveryPod = false,
            Check = "service",
            Found = "Pods that Kubernetes__PodSelector leaves out are not known",
            Help = "Compare the selector",
        },
        ["the selector does not select the pod"] = new(Given.Selecting("orders", "orders"), One)
        {
            Pod = "a",
            Check = "service",
            Found = "Service orders does not select pod a: it wants label app=orders, and the pod has no such label",
            Help = "Correct the labels of the pod",
        },
        ["the pod is not known"] = new(Orders)
        {
            Pod = "b",
            Check = "pod",
            Found = "This gateway knows no pod b in namespace shop.",
            Help = "kubectl -n shop get pod b",
        },
        ["the pod is not known where pods are selected"] = new(Orders)
        {
            Pod = "b",
            WatchesEveryPod = false,
            Check = "pod",
            Found = "This gateway knows no pod b",
            Help = "Kubernetes__PodSelector",
        },
        ["the pod failed"] = new(Orders, One with { Phase = PodPhase.Failed, Ready = false })
        {
            Check = "pod",
            Found = "Pod a has finished (Failed).",
            Help = "Look why it ended",
        },
        ["the pod is terminating"] = new(Orders, Registered.Terminating(), Given.Slice("orders", Given.Endpoint("a", Ip, false, true, true)))
        {
            Check = "pod",
            Found = "Pod a is terminating since 2026-11-20T12:00:00Z",
            Help = "its successor is listed when it is ready",
        },
        ["a record cannot be read"] = new(One.Annotated(("registry-gateway.io/0123456789abcdef0123456789abcdef", "{\"v\":1,")))
        {
            Pod = "a",
            Check = "service",
            Found = "pod a registered nothing under the name",
        },
        ["a record of a selected pod cannot be read"] = new(Orders, One.Annotated(("registry-gateway.io/0123456789abcdef0123456789abcdef", "{\"v\":1,")))
        {
            Check = "record",
            Found = "Pod a has a record that cannot be read (annotation registry-gateway.io/0123456789abcdef0123456789abcdef, source gateway): ",
            Help = "Correct the annotation",
        },
        ["an item of declare cannot be read"] = new(Orders, One.Declaring(new object[] { new { service = "billing", port = 1 }, new { port = 2 } }))
        {
            Check = "record",
            Found = "(annotation registry-gateway.io/declare, source declared): ",
            Help = "a template's declare is corrected in the template",
        },
        ["the record is of a format that is not read"] = new(One.Declaring(new object[] { new { service = "orders", port = 8080 } }))
        {
            Options = new AnnotationOptions { Formats = ["gateway", "endpoints"] },
            Check = "record",
            Found = "Pod a has a record under the name in a format that this gateway does not read (declared): format not read.",
            Help = "Name declared in Registry__Formats of the gateway (docs/security.md says what that trusts), or register the pod with POST /v1/registrations.",
        },
        ["the pod is of a Dubbo Java application, which is not read"] = new(Orders, One.DubboJava(new Dictionary<string, string> { ["dubbo.metadata.revision"] = "1", ["dubbo.endpoints"] = "[{\"port\":20880,\"protocol\":\"dubbo\"}]" }), Slice)
        {
            Options = new AnnotationOptions { Formats = ["gateway", "dubbo-go"] },
            Check = "record",
            Found = "does not read (dubbo-java): format not read.",
            Help = "Name dubbo-java in Registry__Formats",
        },
        ["endpoints are not listed"] = new(Orders, One, Slice)
        {
            Options = new AnnotationOptions { Formats = ["gateway", "declared"] },
            Check = "slice",
            Found = "Service orders has endpoints, which this gateway does not list: format not read.",
            Help = "Name endpoints in Registry__Formats of the gateway",
        },
        ["the name is of a Service that does not select the pod"] = new(Given.Selecting("orders", "orders"), Registered)
        {
            Check = "name",
            Found = "orders is the name of a Service that does not select pod a, so its registration under the name is not listed.",
            Help = "Label the pod so that Service orders selects it",
        },
        ["the application is of a Service that does not select the pod"] = new(
            Given.Selecting("orders", "orders"),
            Given.Pod("a", Ip, Given.Record("a", "com.example.A") with { Metadata = RegistrationRecord.NoMetadata.Add("application", "orders") }))
        {
            Pod = "a",
            Check = "service",
            Found = "Service orders does not select pod a",
        },
        ["the pod has no address"] = new(Given.Pod("a", null, Given.Record("a")) with { Phase = PodPhase.Pending, Ready = false })
        {
            Check = "address",
            Found = "Pod a has no address yet (phase Pending).",
            Help = "kubectl -n shop describe pod a shows whether it is scheduled",
        },
        ["a container waits"] = new(Orders, NotReady("CrashLoopBackOff"), Given.Slice("orders", Given.Endpoint("a", Ip, false)))
        {
            Check = "readiness",
            Found = "Pod a is not Ready (container app: CrashLoopBackOff).",
            Help = "kubectl -n shop describe pod a",
        },
        ["a container fails its probe"] = new(NotReady("NotReady").With(Given.Record("a")))
        {
            Check = "readiness",
            Found = "Pod a is not Ready (container app: NotReady).",
            Help = "Look at its probes and events",
        },
        ["a readiness gate is not met"] = new(Registered with { Ready = false })
        {
            Check = "readiness",
            Found = "every container is ready: a readiness gate, or another condition of the pod, is not met",
            Help = "kubectl -n shop describe pod a",
        },
        ["the slice says otherwise than the pod"] = new(Orders, One, Given.Slice("orders", Given.Endpoint("a", Ip, false)))
        {
            Check = "readiness",
            Found = "Pod a is Ready, but the slices of Service orders say that its endpoint is not.",
            Help = "kubernetes.io/service-name=orders",
        },
        ["an endpoint without a pod is not ready"] = new(Given.Service("orders", selects: false), Given.Slice("orders", Given.Bare("192.0.2.9", false)))
        {
            Check = "readiness",
            Found = "The endpoint 192.0.2.9 has no pod, and its slice says that it is not ready.",
            Help = "condition ready",
        },
        ["the slice has no port of the Service"] = new(Orders, One, Slice.WithPorts(new EndpointPort("web", 8080, "TCP", null)))
        {
            Check = "slice",
            Found = "The slice of pod a has no port of Service orders: the slice has web/TCP, the Service has http/TCP.",
            Help = "A port counts by its name and protocol.",
        },
        ["an endpoint without a pod has no port of the Service"] = new(
            Given.Service("orders", selects: false), Given.Slice("orders", Given.Bare("192.0.2.9")).WithPorts(new EndpointPort("http", 80, "UDP", null)))
        {
            Check = "slice",
            Found = "The slice of endpoint 192.0.2.9 has no port of Service orders: the slice has http/UDP, the Service has http/TCP.",
            Help = "name and protocol",
        },
        ["there is no slice yet"] = new(Orders, One)
        {
            Check = "slice",
            Found = "There is no EndpointSlice of Service orders yet.",
            Help = "kube-controller-manager",
        },
        ["a Service without selector has no slice"] = new(Given.Service("orders", selects: false))
        {
            Check = "slice",
            Found = "There is no EndpointSlice of Service orders yet.",
            Help = "Nothing writes slices for a Service without a selector",
        },
        ["no slice has the pod"] = new(Orders, One, Given.Pod("b", "10.1.0.2"), Slice)
        {
            Check = "slice",
            Found = "Pod b is selected, but no slice of Service orders has it.",
            Help = "managed-by",
            Verdict = Verdicts.PartlyListed,
        },
        ["the slice is of names"] = new(Orders, One, Slice with { AddressType = "FQDN" })
        {
            Check = "slice",
            Found = "of address type FQDN, which the Service does not have",
            Help = "ipFamilies",
        },
        ["the slice names a pod that is not there"] = new(Orders, Slice)
        {
            Check = "service",
            Found = "Service orders selects no pod of namespace shop.",
        },
        ["the slice names one more pod that is not there"] = new(Orders, One, Given.Slice("orders", Given.Endpoint("a", Ip), Given.Endpoint("ghost", "10.1.0.9")))
        {
            Check = "slice",
            Found = "Slice orders-1 names pod ghost, which this cluster does not have.",
            Help = "The slice is old, or orphaned",
            Verdict = Verdicts.PartlyListed,
        },
        ["the slice names an earlier pod"] = new(Orders, One, Given.Slice("orders", Given.Endpoint("a", Ip) with { Target = new("Pod", "shop", "a", "earlier") }))
        {
            Check = "slice",
            Found = "Slice orders-1 names an earlier pod of the name of pod a (another uid).",
            Help = "The slice controller corrects it",
        },
        ["slices without a Service"] = new(One, Slice)
        {
            Pod = "a",
            Check = "service",
            Found = "There is no Service orders, and pod a registered nothing under the name.",
        },
        ["the container restarted"] = new(Registered with { ContainerStatuses = [new("app", 1, Given.Noon.AddMinutes(5)) { Run = "bbbbbbbbbbbb" }] })
        {
            Check = "restart",
            Found = "A container of pod a was restarted after its registration: Compared: container app, restartCount 1, registered with 0; startedAt 2026-11-20T12:05:00Z (the node's clock) "
                + "with the last POST at 2026-11-20T12:00:00Z (the gateway's clock) (+300 s); up to 2 s of skew are allowed.",
            Help = "The new run has to register again",
        },
        ["the lease expired"] = new(Given.Pod("a", Ip, Given.Record("a") with { Ttl = 30 }))
        {
            Then = static registry => registry.Time.Advance(TimeSpan.FromSeconds(60)),
            Check = "lease",
            Found = "The lease of the registration of pod a expired since 2026-11-20T12:00:30Z: no heartbeat came within its ttl of 30 s.",
            Help = "heartbeat",
        },
        ["the pod took itself out of service"] = new(Given.Pod("a", Ip, Given.Record("a") with { OutOfService = OutOfService.ByPod }))
        {
            Check = "override",
            Found = "Pod a took itself out of service.",
            Help = "its next POST",
        },
        ["an operator took it out of service"] = new(Given.Pod("a", Ip, Given.Record("a") with { OutOfService = OutOfService.ByOther }))
        {
            Check = "override",
            Found = "Someone acting for pod a took it out of service.",
            Help = "The pod's own POST does not change that: PATCH /v1/registrations/",
        },
        ["an endpoint was taken out of service"] = new(
            Orders, Slice,
            One.With(Given.Record("a", port: 8080, protocol: "tcp") with { IsOverlay = true, OutOfService = OutOfService.ByOther }))
        {
            Check = "override",
            Found = "Someone acting for pod a took it out of service.",
            Help = "with status UP",
        },
        ["the group is another"] = Filtered(new() { Group = "blue" }, "group=blue: it has no group"),
        ["the version is another"] = Filtered(new() { Version = "2" }, "version=2: it has 1"),
        ["the protocol is another"] = Filtered(new() { Protocol = "grpc" }, "protocol=grpc: it has http"),
        ["the zone is another"] = Filtered(new() { Zone = "zone-x" }, "zone=zone-x: it is in no known zone"),
        ["the source is another"] = Filtered(new() { Source = InstanceSource.Endpoints }, "source=endpoints: it is of source gateway"),
        ["the selector does not fit"] = Filtered(new() { Selector = Selector("tier=gold,lane") }, "selector=tier in (gold): its metadata has tier=tin"),
        ["another status is asked for"] = Filtered(new() { Statuses = InstanceStatuses.Down }, "status: it is UP"),
        ["another zone is preferred"] = new(Given.Node("node-1", "zone-a"), Given.Node("node-2", "zone-b"), Registered, Given.Pod("b", "10.1.0.2", Given.Record("b")) with { NodeName = "node-2" })
        {
            Filter = new() { PreferZone = "zone-a" },
            Check = "filter",
            Found = "is not of the preferred zone zone-a, which has others",
            Help = "parameter",
            Verdict = Verdicts.PartlyListed,
        },
        ["all is well with a registration"] = new(Registered) { Verdict = Verdicts.Listed },
        ["all is well with an endpoint"] = new(Orders, One, Slice) { Verdict = Verdicts.Listed },
        ["all is well with both"] = new(Orders, Registered, Slice) { Pod = "a", Verdict = Verdicts.Listed },
        ["pods of earlier runs have ended"] = new(Orders, One, Slice, Given.Pod("old", "10.1.0.8") with { Phase = PodPhase.Succeeded }) { Verdict = Verdicts.Listed },
    };

    public static TheoryData<string> Names => [.. Situations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void EachReasonHasItsSentences(string name)
    {
        var situation = Situations[name];
        var explanation = situation.Explain();
        var text = string.Join('\n', explanation.Checks);

        explanation.Checks.Select(static check => check.Check).ShouldBe(CheckNames.All);
        explanation.Checks.ShouldAllBe(static check => check.Found.Length > 0 && (check.Help == null) == (check.Passed != false));
        explanation.Verdict.ShouldBe(situation.Verdict, text);
        var failed = explanation.Checks.FirstOrDefault(static check => check.Passed == false);
        failed?.Check.ShouldBe(situation.Check, text);
        (failed?.Found ?? "").ShouldContain(situation.Found);
        (failed?.Help ?? "").ShouldContain(situation.Help);
        if (situation.Verdict != Verdicts.Listed)
            failed.ShouldNotBeNull(text);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void UnderOpenLookupsNothingIsNamedThatLookupsDoNotShow(string name)
    {
        var situation = Situations[name];
        var (open, all) = (situation.Explain(showsDetails: false), situation.Explain());
        var text = string.Join('\n', open.Checks);

        open.Checks.Select(static check => (check.Check, check.Passed)).ShouldBe(all.Checks.Select(static check => (check.Check, check.Passed)));
        open.Verdict.ShouldBe(all.Verdict);
        foreach (var secret in new[] { "container app", "restartCount", "app=orders", "part-of", "registry-gateway.io/0", "declare,", "ghost", "orders.example.com" })
            text.ShouldNotContain(secret);
    }

    [Fact]
    public void AnUnreadableRecordIsNamedWithItsPositionEvenWhereNothingElseIsThere()
    {
        var broken = new ExplainedSituation(One.Annotated(("registry-gateway.io/0123456789abcdef0123456789abcdef", "{\"v\":1,")));
        var check = broken.Explain().Checks.Single(static one => one.Check == "record");
        check.Passed.ShouldBe(false);
        check.Found.ShouldContain("registry-gateway.io/0123456789abcdef0123456789abcdef");
        (check.Found.Contains("byte", StringComparison.Ordinal) || check.Found.Contains("line", StringComparison.Ordinal) || check.Found.Contains("position", StringComparison.Ordinal))
            .ShouldBeTrue(check.Found);
    }

    [Fact]
    public void APodThatRunsShowsWhatWasComparedOfItsClocks()
    {
        var situation = new ExplainedSituation(Registered) { Pod = "a" };
        situation.Explain().Checks.Single(static one => one.Check == "restart").Found.ShouldContain("up to 2 s of skew are allowed.");
        situation.Explain(showsDetails: false).Checks.Single(static one => one.Check == "restart").Found.ShouldBe("No container was restarted after its registration.");
    }

    [Fact]
    public void AContainersProblemIsKeptUpToDateWithoutAProjection()
    {
        var situation = new ExplainedSituation(NotReady("ContainerCreating").With(Given.Record("a")));
        using var registry = ProjectedRegistry.Synced(situation.Objects);
        var before = registry.Service();
        registry.Fold(NotReady("CrashLoopBackOff").With(Given.Record("a")));

        registry.Service().ShouldBeSameAs(before);
        situation.Explain(registry, showsDetails: true).Checks.Single(static one => one.Check == "readiness").Found.ShouldContain("CrashLoopBackOff");
    }

    [Fact]
    public void TheFirstFewOfManyAreNamedAndTheRestIsCounted()
    {
        var pods = Enumerable.Range(0, 9).Select(static i => (IKubernetesObject)(Given.Pod($"p{i}", $"10.1.0.{i}", Given.Record($"p{i}")) with { Ready = false }));
        var check = new ExplainedSituation([.. pods]).Explain().Checks.Single(static one => one.Check == "readiness");
        check.Found.ShouldContain("Pod p4 ");
        check.Found.ShouldEndWith(" And 4 more.");
        check.Found.ShouldNotContain("Pod p5 ");
    }

    [Fact]
    public void TheInstancesAreThoseOfThePodInAnyStatus()
    {
        var situation = new ExplainedSituation(Registered with { Ready = false }, Given.Pod("b", "10.1.0.2", Given.Record("b")));
        situation.Explain().Instances.Length.ShouldBe(2);
        (situation with { Pod = "a" }).Explain().Instances.ShouldHaveSingleItem().Status.ShouldBe(InstanceStatus.Starting);
    }

    private static Pod NotReady(string problem) => One with { Ready = false, ContainerStatuses = [new("app", 0, Given.Noon) { Problem = problem }] };

    private static ExplainedSituation Filtered(LookupFilter filter, string found) => new(Given.Pod("a", Ip, Given.Record("a", version: "1") with
    {
        Metadata = RegistrationRecord.NoMetadata.Add("tier", "tin").Add("lane", "blue"),
    }))
    {
        Filter = filter,
        Check = "filter",
        Found = $"is excluded by {found}.",
        Help = "Correct or leave out that parameter of the lookup.",
    };

    private static LabelSelector Selector(string text) => LabelSelector.TryParse(text, out var selector, out _) ? selector : throw new ArgumentException(text);
}
