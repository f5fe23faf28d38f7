using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class MirrorPlannerTests
{
    private static readonly RegistrationRecord _orders = Record("orders", 8080);

    [Fact]
    public void AllMirrorsStandSideBySideAndChangeNothingTwice()
    {
        var registrations = new MirroredRegistration[] { new(_orders, ["generic", "dubbo-go-1.5", "dubbo-java"]) };
        var pod = Applied(With(), MirrorPlanner.Plan(With(), registrations));
        pod.Metadata.Annotations.Keys.ShouldBe(["app.io/annotation", "dubbo.io/annotation", "io.dubbo/metadata"], ignoreOrder: true);
        pod.Metadata.Labels.ShouldBe(new Dictionary<string, string> { ["app.io/label"] = "app.io-value", ["dubbo.io/label"] = "dubbo.io.provider" }, ignoreOrder: true);
        MirrorPlanner.Plan(pod, registrations).ShouldAllBe(plan => !plan.ChangesAnything);

        var empty = Applied(pod, MirrorPlanner.Plan(pod, []));
        empty.Metadata.Annotations.ShouldBeEmpty();
        empty.Metadata.Labels.ShouldBeEmpty();
    }

    [Fact]
    public void TheOtherGenerationTakesOver()
    {
        var older = Applied(With(), MirrorPlanner.Plan(With(), [new(_orders, ["dubbo-go-1.4"])]));
        var newer = Applied(older, MirrorPlanner.Plan(older, [new(_orders, ["dubbo-go-1.5"])]));
        newer.Metadata.Labels["dubbo.io/label"].ShouldBe("dubbo.io.provider");
        SdkCodec.Decode(newer.Metadata.Annotations["dubbo.io/annotation"]).ShouldHaveSingleItem();
    }

    [Fact]
    public void OfBothGenerationsOneIsWritten()
    {
        var carts = Record("carts", 80);
        var plans = MirrorPlanner.Plan(With(), [new(_orders, ["dubbo-go-1.4"]), new(carts, ["dubbo-go-1.5"])]);
        plans.Single(plan => plan.Mirror == "dubbo-go-1.4").States[_orders.Id].IsWritten.ShouldBeTrue();
        var leftOut = plans.Single(plan => plan.Mirror == "dubbo-go-1.5");
        leftOut.ChangesAnything.ShouldBeFalse();
        leftOut.States[carts.Id].Reason.ShouldNotBeNull().ShouldContain("only one of them");
    }

    /// <summary>The pod as it is once a patch has carried the plans out.</summary>
    internal static Pod Applied(Pod pod, IEnumerable<MirrorPlan> plans)
    {
        var annotations = new Dictionary<string, string>(pod.Metadata.Annotations);
        var labels = new Dictionary<string, string>(pod.Metadata.Labels);
        foreach (var plan in plans)
        {
            if (plan.ChangesAnnotation)
                Set(annotations, plan.AnnotationKey, plan.AnnotationValue);
            if (plan.ChangesLabel)
                Set(labels, plan.LabelKey!, plan.LabelValue);
        }

        return pod with { Metadata = pod.Metadata with { Annotations = annotations, Labels = labels } };
    }

    private static void Set(Dictionary<string, string> map, string key, string? value)
    {
        if (value is null)
            map.Remove(key);
        else
            map[key] = value;
    }
}
