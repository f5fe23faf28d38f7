using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>The name of a Service with a selector belongs to the pods that it selects, whichever way a pod says it and whichever came first.</summary>
public sealed class ReservedNameTests
{
    private const string Address = "10.1.0.9";
    private const string Payments = "payments";

    private static readonly Dictionary<string, Func<Pod, Pod>> Ways = new()
    {
        ["own key"] = static pod => pod.With(Given.Record("thief", Payments)),
        ["own key, application"] = static pod => pod.With(Of(Given.Record("thief", "orders"), Payments)),
        ["declare"] = static pod => pod.Declaring(new[] { new { service = Payments, port = 8080 } }),
        ["declare, application"] = static pod => pod.Declaring(new[] { new { service = "orders", port = 8080, metadata = new { application = Payments } } }),
        ["dubbo-go"] = static pod => pod.Annotated(("dubbo.io/annotation", SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Address}:8080/payments?interface=payments", Payments)))),
        ["dubbo-go, application"] = static pod => pod.Annotated(
            ("dubbo.io/annotation", SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Address}:8080/orders?interface=orders&application=payments", "orders")))),
        ["generic"] = static pod => pod.Annotated(("app.io/annotation", SdkCodec.Encode(("/shop/payments/providers/1", $"http://{Address}:8080/")))),
        ["generic, application"] = static pod => pod.Annotated(
            ("app.io/annotation", SdkCodec.Encode(("/shop/orders/providers/1", $"http://{Address}:8080/?application=payments")))),
        ["dubbo-java"] = static pod => pod.DubboJava(new Dictionary<string, string> { ["dubbo.metadata.revision"] = "r1", ["dubbo.endpoints"] = """[{"port":8080,"protocol":"dubbo"}]""" }),
    };

    public static TheoryData<string> EveryWay => [.. Ways.Keys];

    [Theory]
    [MemberData(nameof(EveryWay))]
    public void APodThatTheServiceDoesNotSelectIsNotListedUnderItsName(string way)
    {
        using var registry = ProjectedRegistry.Synced(Given.Selecting(Payments, Payments), Thief(way), Given.Slice(Payments));

        Records(registry, Payments).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(EveryWay))]
    public void ARecordFromBeforeTheServiceLeavesWithTheService(string way)
    {
        // A Dubbo Java application has the name of a Service from the beginning; here its selector changes.
        var slice = Given.Slice(Payments, Given.Endpoint("thief", Address));
        using var registry = way == "dubbo-java"
            ? ProjectedRegistry.Synced(Thief(way), slice, Given.Selecting(Payments, "thief"))
            : ProjectedRegistry.Synced(Thief(way));
        Records(registry, Payments).ShouldHaveSingleItem();
        var orders = Records(registry, "orders").Count;

        registry.Fold(Given.Selecting(Payments, Payments));
        Records(registry, Payments).ShouldBeEmpty();
        Records(registry, "orders").Count.ShouldBe(orders);
        Records(registry, "orders").ShouldAllBe(static one => !one.Metadata.ContainsKey("application"));

        registry.Fold(Given.Selecting(Payments, "thief"));
        Records(registry, Payments).ShouldHaveSingleItem();

        registry.Fold(Given.Selecting(Payments, Payments));
        registry.Fold(Thief(way).Labelled(Payments));
        Records(registry, Payments).ShouldHaveSingleItem("the pod has the label now");

        registry.Fold(Thief(way));
        Records(registry, Payments).ShouldBeEmpty("the pod has lost the label");
        registry.Delete(Given.Selecting(Payments, Payments));
        registry.Fold();
        Records(registry, Payments).Count.ShouldBe(way == "dubbo-java" ? 0 : 1, "there is no Service any more");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MetadataAndMappingsOfAnApplicationGiveNoReservedName(bool isMapping)
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("thief", Address, Given.Record("thief", "orders")).Labelled("thief"));
        if (isMapping)
            registry.Applications.Put(new ApplicationName("shop", "orders"), Payments);
        else
            registry.Applications.Put(new ApplicationName("shop", "orders"), Metadata("r1", Payments));
        registry.Fold();
        Records(registry, Payments).ShouldHaveSingleItem();

        registry.Fold(Given.Selecting(Payments, Payments));
        registry.Instances(Payments).ShouldBeEmpty();
        registry.Instances("orders").ShouldHaveSingleItem();
    }

    [Fact]
    public void AnInterfaceOfAnotherServiceGivesNoReservedName()
    {
        var other = Given.Service("other");
        other = other with { Metadata = other.Metadata with { Annotations = new Dictionary<string, string> { ["registry-gateway.io/interfaces"] = Payments } } };
        using var registry = ProjectedRegistry.Synced(
            other, Given.Slice("other", Given.Endpoint("thief", Address), Given.Bare("192.0.2.7")), Given.Pod("thief", Address).Labelled("thief"));
        registry.Instances(Payments).Length.ShouldBe(2);

        registry.Fold(Given.Selecting(Payments, Payments));
        registry.Instances(Payments).ShouldBeEmpty();
        registry.Instances("other").Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void TheRuleCanBeOff(bool reservesNames, int listed)
    {
        using var registry = new ProjectedRegistry(reservesNames: reservesNames);
        registry.Sync();
        registry.Fold(Given.Selecting(Payments, Payments), Thief("own key"));
        Records(registry, Payments).Count.ShouldBe(listed);
    }

    [Fact]
    public void AServiceWithoutASelectorReservesNothing()
    {
        using var registry = ProjectedRegistry.Synced(Given.Service(Payments, selects: false), Thief("own key"));
        Records(registry, Payments).ShouldHaveSingleItem();
    }

    [Fact]
    public void WhatIsNotListedStaysARecordOfThePodWithItsReason()
    {
        using var registry = ProjectedRegistry.Synced(Given.Selecting(Payments, Payments), Thief("own key"));
        var entry = registry.State.Current.RegistrationsOf("shop", "thief")!;
        var reserved = entry.Records.Reserved.ShouldHaveSingleItem();
        (reserved.Name, reserved.IsApplication, reserved.Record.Id).ShouldBe((Payments, false, Given.Record("thief", Payments).Id));
        entry.Records.Registrations.ShouldBeEmpty();
        entry.AsRead.Registrations.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void MoreThanFiveRecordsDelistedAtOnceAreOneWarningWithTheName(int pods, bool isOne)
    {
        using var logger = new LogBookOf<RegistryProjector>();
        using var registry = new ProjectedRegistry(logger);
        registry.Sync();
        registry.Fold([.. Enumerable.Range(0, pods).Select(static i => Given.Pod($"payments-{i}", $"10.1.1.{i}", Given.Record($"payments-{i}", Payments)).Labelled(Payments))]);
        registry.Fold(Given.Selecting(Payments, "payment"));

        var warnings = logger.Lines.Where(static line => line.Id == 1509).ToList();
        logger.Ids.Count(static id => id == 1508).ShouldBe(isOne ? 0 : pods);
        warnings.Count.ShouldBe(isOne ? 1 : 0);
        foreach (var warning in warnings)
            (warning.Members["Service"], warning.Members["Records"]).ShouldBe(("shop/payments", $"{pods}"));

        // A further change of those pods tells nothing new.
        registry.Fold(Given.Pod("payments-0", "10.1.1.0", Given.Record("payments-0", Payments)).Labelled(Payments).Terminating());
        logger.Ids.Count(static id => id is 1508 or 1509).ShouldBe(isOne ? 1 : pods);
    }

    private static Pod Thief(string way, string name = "thief") => Ways[way](Given.Pod(name, Address).Labelled("thief"));

    private static RegistrationRecord Of(RegistrationRecord record, string application) =>
        record with { Metadata = record.Metadata.SetItem("application", application) };

    private static List<Instance> Records(ProjectedRegistry registry, string service) =>
        [.. registry.Instances(service).Where(static one => one.Source != InstanceSource.Endpoints)];

    private static ApplicationMetadata Metadata(string revision, string service) =>
        new(revision, default, [new ProvidedService(service, "", "", "", 0, "", RegistrationRecord.NoMetadata)]);
}
