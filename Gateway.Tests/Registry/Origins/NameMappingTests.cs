using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projecting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Registry.Origins;

/// <summary>From interfaces to Kubernetes Services: the annotation, rules, targets of the 2018 form, and what changes while it runs.</summary>
public sealed class NameMappingTests
{
    private const string Greeting = "com.example.GreetingService";

    [Theory]
    [InlineData("com.example.A", "", "com.example.A", "")]
    [InlineData("g/com.example.A", "g", "com.example.A", "")]
    [InlineData("com.example.A:1.0.0", "", "com.example.A", "1.0.0")]
    [InlineData("g/com.example.A:1.0.0", "g", "com.example.A", "1.0.0")]
    public void AServiceKeyIsReadAsDubboWritesIt(string text, string group, string name, string version)
    {
        InterfaceName.TryParse(text, out var read, out _).ShouldBeTrue();
        read.ShouldBe(new InterfaceName(group, name, version));
        read.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("g/")]
    [InlineData("a/b/c")]
    [InlineData("com.example.A?")]
    [InlineData(":1.0.0")]
    public void WhatIsNoServiceKeyIsRefusedWithAReason(string text)
    {
        InterfaceName.TryParse(text, out _, out var reason).ShouldBeFalse();
        reason.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("{name} -> com.example.{Name}", "price-list", "com.example.PriceList")]
    [InlineData("{name}-service->g/com.example.{Name}Service:1.0.0", "price-list-service", "g/com.example.PriceListService:1.0.0")]
    [InlineData("{team}-{name} -> com.{team}.{namespace}.{Name}", "billing-invoices", "com.billing.shop.Invoices")]
    [InlineData("shop/{name} -> com.example.{name}", "orders", "com.example.orders")]
    [InlineData("other/{name} -> com.example.{name}", "orders", null)]
    [InlineData("{name}-service -> com.example.{Name}", "orders", null)]
    [InlineData("orders -> com.example.OrderService", "orders", "com.example.OrderService")]
    public void ARuleMakesAnInterfaceOfAName(string rule, string service, string? expected)
    {
        MappingRule.TryParse(rule, out var read, out var reason).ShouldBeTrue(reason);
        read!.Apply(new ServiceKey("shop", service))?.ToString().ShouldBe(expected);
        if (expected is null)
            read.Apply(new ServiceKey("shop", service)).ShouldBeNull();
    }

    [Theory]
    [InlineData("g/com.example.A:1=kubernetes:///greeter/shop/20880", "g/com.example.A:1", "shop/greeter", "20880")]
    [InlineData("com.example.A=greeter/shop/dubbo", "com.example.A", "shop/greeter", "dubbo")]
    [InlineData("com.example.A = kubernetes://api.example:6443/greeter/shop/20880", "com.example.A", "shop/greeter", "20880")]
    public void ATargetIsReadInTheOrderOfItsCode(string text, string name, string service, string port)
    {
        MappingTarget.TryParse(text, out var target, out var reason).ShouldBeTrue(reason);
        (target!.Interface.ToString(), target.Service.ToString(), target.Port).ShouldBe((name, service, port));
        target.Otherwise.ShouldBe(new ServiceKey(target.Service.Name, target.Service.Namespace));
    }

    [Fact]
    public void EveryFaultOfTheSettingsIsTold()
    {
        var options = new NameMappingOptions
        {
            Rules = ["{name}", "{name} -> {other}", "{n}{n} -> a", "A -> b", " -> b", "{name} -> a b"],
            Targets = ["com.example.A", "com.example.A=greeter/20880", "no name=a/b/1"],
        };
        options.Validate().Count().ShouldBe(9);
        new NameMappingOptions { Rules = ["{name} -> com.example.{Name}"], Targets = ["a=b/c/1"] }.Validate().ShouldBeEmpty();
    }

    [Fact]
    public void AnAnnotatedServicesEndpointsAnswerForItsInterfaces()
    {
        using var registry = Synced(
            [Annotated("greeter", $"g/{Greeting}:1.0.0,\n com.example.Other"), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1")]);
        var instance = registry.Only(Greeting);
        instance.Key.ShouldBe(new RegistrationKey("shop", Greeting, "g", "1.0.0", "tcp", 20880));
        instance.Id.ShouldBe(instance.Key.IdFor(Given.UidOf("a")));
        (instance.Source, instance.Status, instance.Pod!.Name).ShouldBe((InstanceSource.Endpoints, InstanceStatus.Up, "a"));
        registry.Only("com.example.Other").Key.Group.ShouldBe("");
        registry.Service(Greeting).Fallback!.Dns.ShouldBe("greeter.shop.svc");
        registry.Service(Greeting).Origins.ShouldBe(["greeter"]);
        registry.Only("greeter").Source.ShouldBe(InstanceSource.Endpoints);
    }

    [Fact]
    public void AChangeOfTheAnnotationMovesTheEndpoints()
    {
        using var registry = Synced([Annotated("greeter", Greeting), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1")]);
        registry.Only(Greeting);
        registry.Fold(Annotated("greeter", "com.example.New"));
        registry.Instances(Greeting).ShouldBeEmpty();
        registry.State.Current.Services.ContainsKey(new ServiceKey("shop", Greeting)).ShouldBeFalse();
        registry.Only("com.example.New");

        // Endpoints come and go, pods get ready, the Service goes.
        registry.Fold(Given.Pod("b", "10.1.0.2"), Slice("greeter", "b", "10.1.0.2") with { Metadata = Slice("greeter", "b", "10.1.0.2").Metadata with { Name = "greeter-2" } });
        registry.Instances("com.example.New").Length.ShouldBe(2);
        registry.Fold(Given.Pod("b", "10.1.0.2").Terminating());
        registry.Instances("com.example.New").Count(static one => one.Status == InstanceStatus.Terminating).ShouldBe(1);
        registry.Fold(Annotated("greeter", null));
        registry.Instances("com.example.New").ShouldBeEmpty();
        registry.Fold(Annotated("greeter", Greeting));
        registry.Instances(Greeting).Length.ShouldBe(2);
        registry.Delete(Annotated("greeter", Greeting));
        registry.Fold();
        registry.Instances(Greeting).ShouldBeEmpty();
    }

    [Fact]
    public void ABadEntryIsReportedOnceAndHidesNoOther()
    {
        using var logger = new LogBookOf<RegistryProjector>();
        using var registry = new ProjectedRegistry(logger);
        registry.Sync();
        registry.Fold(Annotated("greeter", $"a/b/c,{Greeting},not?"), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1"));
        registry.Only(Greeting);
        registry.Fold(Given.Pod("a", "10.1.0.1").Terminating());
        logger.Lines.Where(static line => line.Id == 1507).ShouldHaveSingleItem().Members["More"].ShouldBe("1");
    }

    [Fact]
    public void OneServiceMayProvideAnInterfaceInTwoVersionsAndTwoServicesTheSame()
    {
        using var registry = Synced(
        [
            Annotated("one", $"{Greeting}:1,{Greeting}:2"), Slice("one", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1"),
            Annotated("two", $"{Greeting}:2"), Slice("two", "b", "10.1.0.2"), Given.Pod("b", "10.1.0.2"),
        ]);
        registry.Instances(Greeting).Select(static one => $"{one.Pod!.Name} {one.Key.Version}").Order().ShouldBe(["a 1", "a 2", "b 2"]);
        registry.Service(Greeting).Origins.ShouldBe(["one", "two"]);
    }

    [Fact]
    public void APodsOwnRecordOfThatGroupAndVersionSpeaksForIt()
    {
        using var registry = Synced(
        [
            Annotated("greeter", $"{Greeting}:1.0.0"), Slice("greeter", "a", "10.1.0.1"),
            Given.Pod("a", "10.1.0.1", Given.Record("a", Greeting, 20880, "dubbo", version: "1.0.0")),
        ]);
        registry.Only(Greeting).Source.ShouldBe(InstanceSource.Gateway);
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a", Greeting, 20880, "dubbo", version: "2.0.0")));
        registry.Instances(Greeting).Select(static one => $"{one.Source} {one.Key.Version}").Order().ShouldBe(["Endpoints 1.0.0", "Gateway 2.0.0"]);
    }

    [Fact]
    public void TheDubboPortIsTakenWhereTheServiceHasOthersBeside()
    {
        var slice = Slice("greeter", "a", "10.1.0.1").WithPorts(new("http", 8080, "TCP", null), new("dubbo", 20880, "TCP", null), new("rpc", 50051, "TCP", "tri"));
        using var registry = Synced([Annotated("greeter", Greeting), slice, Given.Pod("a", "10.1.0.1")]);
        registry.Only(Greeting).Key.Port.ShouldBe(20880);
        registry.Only(Greeting).Ports.Length.ShouldBe(3);
        registry.Only("greeter").Key.Port.ShouldBe(8080);
    }

    [Fact]
    public void EndpointsWithoutAPodAreProvidersToo()
    {
        var slice = Given.Slice("greeter", Given.Bare("192.0.2.7")).WithPorts(new EndpointPort("dubbo", 20880, "TCP", null));
        using var registry = Synced([Annotated("greeter", Greeting) with { Selector = null }, slice]);
        (registry.Only(Greeting).Address, registry.Only(Greeting).Pod).ShouldBe(("192.0.2.7", null));
    }

    [Fact]
    public void OutOfRotationUnderTheServicesNameIsOutUnderTheInterface()
    {
        var key = new RegistrationKey("shop", "greeter", "", "", "tcp", 20880);
        var overlay = Given.Record("a", "greeter", 20880, "tcp") with { IsOverlay = true, OutOfService = OutOfService.ByOther };
        overlay.Id.ShouldBe(key.IdFor(Given.UidOf("a")));
        using var registry = Synced([Annotated("greeter", Greeting), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1", overlay)]);
        registry.Only("greeter").Status.ShouldBe(InstanceStatus.OutOfService);
        registry.Only(Greeting).Status.ShouldBe(InstanceStatus.OutOfService);
    }

    [Fact]
    public void ARuleMapsWhatHasNoAnnotation()
    {
        using var registry = Synced(
            [Given.Service("price-list").Offering("dubbo", "rpc"), Slice("price-list", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1")],
            new NameMappingOptions { Rules = ["{name} -> com.example.{Name}Service"] });
        registry.Only("com.example.PriceListService");
        registry.Fold(Annotated("price-list", Greeting));
        registry.Instances("com.example.PriceListService").ShouldBeEmpty();
        registry.Only(Greeting);
    }

    [Fact]
    public void TheAnnotationComesBeforeARuleAndARuleBeforeATarget()
    {
        using var registry = Synced(
            [
                Given.Service("greeting").Offering("dubbo", "rpc"), Slice("greeting", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1"),
                Given.Service("targeted").Offering("dubbo", "rpc"), Slice("targeted", "b", "10.1.0.2"), Given.Pod("b", "10.1.0.2"),
            ],
            new NameMappingOptions { Rules = ["{name} -> com.example.{Name}Service"], Targets = [$"{Greeting}=targeted/shop/20880"] });
        registry.Only(Greeting).Pod!.Name.ShouldBe("a");
        registry.Fold(Annotated("annotated", Greeting), Slice("annotated", "c", "10.1.0.3"), Given.Pod("c", "10.1.0.3"));
        registry.Only(Greeting).Pod!.Name.ShouldBe("c");
        registry.Delete(Annotated("annotated", Greeting));
        registry.Delete(Given.Service("greeting").Offering("dubbo", "rpc"));
        registry.Fold();
        registry.Only(Greeting).Pod!.Name.ShouldBe("b");
    }

    [Theory]
    [InlineData("greeter/shop/20880")]
    [InlineData("shop/greeter/20880")]
    [InlineData("kubernetes:///greeter/shop/dubbo")]
    public void ATargetIsImportedInEitherOrder(string target)
    {
        using var registry = Synced(
            [Given.Service("greeter").Offering("dubbo", "rpc"), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1")], new NameMappingOptions { Targets = [$"g/{Greeting}:1={target}"] });
        registry.Only(Greeting).Key.ShouldBe(new RegistrationKey("shop", Greeting, "g", "1", "tcp", 20880));
    }

    [Fact]
    public void ATargetsPortIsThatOfThePods()
    {
        var slice = Slice("greeter", "a", "10.1.0.1").WithPorts(new("http", 8080, "TCP", null), new("dubbo", 20880, "TCP", null));
        using var registry = Synced(
            [Given.Service("greeter").Offering("dubbo", "rpc"), slice, Given.Pod("a", "10.1.0.1")], new NameMappingOptions { Targets = ["com.example.A=greeter/shop/8080", "com.example.B=greeter/shop/80"] });
        registry.Only("com.example.A").Key.Port.ShouldBe(8080);
        registry.Only("com.example.A").Ports.ShouldHaveSingleItem();
        registry.Instances("com.example.B").ShouldBeEmpty();
    }

    [Fact]
    public void ATargetInTheOtherOrderGivesWayWhenTheServiceItNamesFirstComes()
    {
        // Read by its code: Service "shop" of namespace "greeter".
        var first = Given.Service("shop").Offering("dubbo", "rpc") with { Metadata = new ObjectMeta { Name = "shop", Namespace = "greeter" } };
        using var registry = Synced(
            [Given.Service("greeter").Offering("dubbo", "rpc"), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1")], new NameMappingOptions { Targets = [$"{Greeting}=shop/greeter/20880"] });
        registry.Only(Greeting);
        registry.Fold(first);
        registry.Instances(Greeting).ShouldBeEmpty();
        registry.Delete(first);
        registry.Fold();
        registry.Only(Greeting);
    }

    [Fact]
    public void IdentityNeedsNoMapping()
    {
        using var registry = Synced([Given.Service("greeter").Offering("dubbo", "rpc"), Slice("greeter", "a", "10.1.0.1"), Given.Pod("a", "10.1.0.1")]);
        registry.Only("greeter").Source.ShouldBe(InstanceSource.Endpoints);
    }

    private static Service Annotated(string name, string? interfaces)
    {
        var service = Given.Service(name).Offering("dubbo", "rpc");
        return interfaces is null
            ? service
            : service with { Metadata = service.Metadata with { Annotations = new Dictionary<string, string> { ["registry-gateway.io/interfaces"] = interfaces } } };
    }

    private static EndpointSlice Slice(string service, string pod, string ip) =>
        Given.Slice(service, Given.Endpoint(pod, ip)).WithPorts(new EndpointPort("dubbo", 20880, "TCP", null));

    private static ProjectedRegistry Synced(IKubernetesObject[] objects, NameMappingOptions? options = null)
    {
        options?.Validate().ShouldBeEmpty();
        var registry = new ProjectedRegistry(NullLogger<RegistryProjector>.Instance, mapping: options is null ? null : new NameMapping(new AnnotationOptions(), options));
        registry.Sync();
        registry.Put(objects);
        registry.Fold();
        return registry;
    }
}
