using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Registration;

/// <summary>POST (contract, section 2).</summary>
public sealed class RegisterTests : IDisposable
{
    private readonly WritingWorld _world = new();

    [Fact]
    public async Task ANewRegistrationIsAPatchOfItsOwnKeyWithUidAndVersion()
    {
        var registered = await _world.RegisterAsync();

        registered.Created.ShouldBeTrue();
        registered.Instance.Status.ShouldBe(InstanceStatus.Up);
        registered.Instance.Id.ShouldBe(new RegistrationKey("shop", "orders", "", "", "http", 8080).IdFor("uid-shop-orders-1"));
        using var patch = JsonDocument.Parse(_world.Server.Patches.ShouldHaveSingleItem());
        var metadata = patch.RootElement.GetProperty("metadata");
        metadata.EnumerateObject().Select(static member => member.Name).ShouldBe(["uid", "resourceVersion", "annotations"]);
        metadata.GetProperty("annotations").EnumerateObject().ShouldHaveSingleItem().Name.ShouldBe("registry-gateway.io/" + registered.Instance.Id);
    }

    [Fact]
    public async Task TheAnswerCarriesTheRevisionFromWhichLookupsShowIt()
    {
        var outcome = (await _world.TryRegisterAsync(WritingWorld.Request())).Value;
        outcome.IsPending.ShouldBeFalse();
        Revision.TryParse(outcome.Revision, out var revision).ShouldBeTrue();
        _world.Replica.Registry.Current.Revision.Covers(revision).ShouldBeTrue();
        new Replica(new MemoryApiServer(), _world.Time).Registry.Current.Revision.Covers(revision).ShouldBeFalse();
    }

    [Fact]
    public async Task EqualContentOfTheSameRunIsNoWriteButANotedPost()
    {
        var first = await _world.RegisterAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        var again = await _world.RegisterAsync();

        again.Created.ShouldBeFalse();
        _world.Server.Patches.Count.ShouldBe(1);
        _world.Replica.Posts.LastPost(first.Instance.Id).ShouldBe(_world.Time.GetUtcNow());
    }

    [Fact]
    public async Task APostOverAnExistingOneReplacesWhatItSaysAndKeepsTheRest()
    {
        var id = (await _world.RegisterAsync(WritingWorld.Request() with { Weight = 5, Ttl = 30, Metadata = Map("a", "1"), Ports = [new("admin", 9000, "http")] })).Instance.Id;
        _world.Annotate("registry-gateway.io/" + id, _world.Own[id].Replace("{\"v\":1", "{\"v\":1,\"future\":{\"x\":[1]}", StringComparison.Ordinal));
        var registeredAt = _world.Record(id).RegisteredAt;
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        var again = await _world.RegisterAsync(WritingWorld.Request() with { Metadata = Map("b", "2") });

        again.Created.ShouldBeFalse();
        var record = _world.Record(id);
        (record.Weight, record.Ttl, record.Ports.Length, record.RegisteredAt, record.PostedAt).ShouldBe((100, null, 0, registeredAt, _world.Time.GetUtcNow()));
        record.Metadata.ShouldBe(Map("b", "2"));
        _world.Own[id].ShouldContain("\"future\":{\"x\":[1]}");
        using var patch = JsonDocument.Parse(_world.Server.Patches[^1]);
        patch.RootElement.GetProperty("metadata").TryGetProperty("resourceVersion", out _).ShouldBeTrue("it was made from what was read");
    }

    [Fact]
    public async Task APostClearsWhatThePodItselfTookOutButNotWhatSomebodyElseDid()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        await _world.UpdateAsync(id, new() { OutOfService = true });
        (await _world.RegisterAsync()).Instance.Status.ShouldBe(InstanceStatus.Up);

        await _world.UpdateAsync(id, new() { OutOfService = true }, WritingWorld.Operator);
        (await _world.RegisterAsync()).Instance.Status.ShouldBe(InstanceStatus.OutOfService);
        (await _world.UpdateAsync(id, new() { OutOfService = false })).Value.Items[0].Instance.Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public async Task TheContainerIsTheNamedOneElseTheDefaultElseTheFirst()
    {
        Container((await _world.RegisterAsync()).Instance.Id).ShouldBe(("app", 0));
        Container((await _world.RegisterAsync(WritingWorld.Request(port: 1) with { Container = "sidecar" })).Instance.Id).ShouldBe(("sidecar", 3));
        Container((await _world.RegisterAsync(WritingWorld.Request(port: 2) with { Container = "none" })).Instance.Id).ShouldBe((null, 0));
        Container((await _world.RegisterForAsync(WritingWorld.Request(port: 3))).Instance.Id).ShouldBe((null, 0));
        _world.Annotate("kubectl.kubernetes.io/default-container", "sidecar");
        Container((await _world.RegisterAsync(WritingWorld.Request(port: 4))).Instance.Id).ShouldBe(("sidecar", 3));
        _world.Annotate("kubectl.kubernetes.io/default-container", "gone");
        Container((await _world.RegisterAsync(WritingWorld.Request(port: 5))).Instance.Id).ShouldBe(("app", 0));

        var refusal = await _world.RefusalAsync(WritingWorld.Request() with { Container = "nope" });
        (refusal.Code, refusal.Faults[0].Pointer).ShouldBe((RefusalCodes.InvalidRegistration, "/container"));

        (string? Name, int Restarts) Container(string id) => (_world.Record(id).Container, _world.Record(id).RestartCount);
    }

    [Fact]
    public async Task ANewRunOfTheContainerIsAWriteThoughTheContentIsEqual()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        Restart();
        _world.Replica.Registry.Current.FindInstance(id)!.Value.Instance.Status.ShouldBe(InstanceStatus.Down);

        (await _world.RegisterAsync()).Instance.Status.ShouldBe(InstanceStatus.Up);
        (_world.Record(id).RestartCount, _world.Record(id).PostedAt).ShouldBe((1, _world.Time.GetUtcNow()));
        _world.Server.Patches.Count.ShouldBe(2);
    }

    [Fact]
    public async Task ARunWhoseCountIsBackAtZeroIsAnotherRun()
    {
        Run(restarts: 0, "aaaaaaaaaaaa");
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Record(id).Run.ShouldBe("aaaaaaaaaaaa");
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        Run(restarts: 0, "bbbbbbbbbbbb");
        _world.Replica.Registry.Current.FindInstance(id)!.Value.Instance.Status.ShouldBe(InstanceStatus.Down);

        (await _world.RegisterAsync()).Instance.Status.ShouldBe(InstanceStatus.Up);
        (_world.Record(id).Run, _world.Record(id).PostedAt).ShouldBe(("bbbbbbbbbbbb", _world.Time.GetUtcNow()));
        (await _world.RegisterAsync()).Instance.Status.ShouldBe(InstanceStatus.Up);
        _world.Server.Patches.Count.ShouldBe(2, "the same run is not written again");
    }

    [Fact]
    public async Task ARunThatOnlyThePostLogExplainsIsConfirmedWithItsId()
    {
        Run(restarts: 3, "aaaaaaaaaaaa");
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await _world.RegisterAsync();
        Run(restarts: 0, "bbbbbbbbbbbb");

        _world.Replica.Confirmer.Confirm(_world.Replica.Confirmations.ShouldHaveSingleItem());
        await _world.Replica.Loops.SettleAsync().Within();
        (_world.Record(id).RestartCount, _world.Record(id).Run, _world.Record(id).PostedAt).ShouldBe((0, "bbbbbbbbbbbb", _world.Time.GetUtcNow()));
    }

    [Fact]
    public async Task APostBeforeTheKubeletsStatusKeepsTheInstanceUpAndIsWrittenDownAfterIt()
    {
        var id = (await _world.RegisterAsync()).Instance.Id;
        _world.Time.Advance(TimeSpan.FromMinutes(1));

        // postStart of the new run calls before the kubelet has posted the restart.
        await _world.RegisterAsync();
        _world.Server.Patches.Count.ShouldBe(1);
        Restart();
        _world.Replica.Registry.Current.FindInstance(id)!.Value.Instance.Status.ShouldBe(InstanceStatus.Up);

        var confirmation = _world.Replica.Confirmations.ShouldHaveSingleItem();
        _world.Replica.Confirmer.Confirm(confirmation);
        _world.Replica.Confirmer.Confirm(confirmation);
        await _world.Replica.Loops.SettleAsync().Within();
        (_world.Record(id).RestartCount, _world.Record(id).PostedAt).ShouldBe((1, _world.Time.GetUtcNow()));
        using var other = new Replica(_world.Server, _world.Time);
        _world.Change(static pod => pod);
        other.Registry.Current.FindInstance(id)!.Value.Instance.Status.ShouldBe(InstanceStatus.Up, "other replicas agree");
    }

    [Fact]
    public async Task APodWithoutAnAddressMayRegister()
    {
        _world.Change(static pod => pod with { PodIPs = [], Phase = PodPhase.Pending });
        var instance = (await _world.RegisterAsync()).Instance;
        (instance.Address, instance.Status, instance.Reason).ShouldBe((null, InstanceStatus.Starting, "NoPodIP"));
    }

    [Fact]
    public async Task ATerminatingPodCannotRegisterEvenIfTheCacheHasNotSeenIt()
    {
        _world.Replica.Stall();
        _world.Change(static pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodTerminating);
        _world.Own.ShouldBeEmpty();
    }

    [Fact]
    public async Task AReplacedOrDeletedPodIsGoneWhateverTheCacheSays()
    {
        _world.Replica.Stall();
        _world.Server.Put(IdentityWorld.NewPod("orders-1", uid: "successor"));
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodGone);
        _world.Own.ShouldBeEmpty();
        _world.Server.Delete("shop", "orders-1");
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.PodGone);
    }

    [Fact]
    public async Task TheNameOfAServiceWithASelectorIsForThePodsItSelects()
    {
        AddService("orders", ("app", "orders"));
        AddService("headless");
        (await _world.RefusalAsync(WritingWorld.Request())).Code.ShouldBe(RefusalCodes.NameReserved);
        _world.Server.Patches.ShouldBeEmpty();
        (await _world.TryRegisterAsync(WritingWorld.Request("headless"))).Refusal.ShouldBeNull();

        _world.Change(static pod => pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["app"] = "orders" } } });
        (await _world.TryRegisterAsync(WritingWorld.Request())).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task UnderRbacThePodsUserNeedsTheRightToTheName()
    {
        using var world = new WritingWorld(access: static options => options.Register = Gateway.Core.Identity.RegisterAccess.Rbac);
        world.Server.Allows = static review => review is
        {
            User: "system:serviceaccount:shop:default",
            ResourceAttributes: { Verb: "create", Group: "registry-gateway.io", Resource: "registrations", NamespaceProperty: "shop", Name: "orders" },
        };
        (await world.TryRegisterAsync(WritingWorld.Request())).Refusal.ShouldBeNull();
        var refusal = await world.RefusalAsync(WritingWorld.Request(port: 1) with { Pointer = "/0" }, WritingWorld.Request("carts") with { Pointer = "/1" });
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.Forbidden, "/1/service"));
    }

    [Fact]
    public async Task TheApplicationInTheMetadataIsANameToo()
    {
        AddService("payments", ("app", "payments"));
        var thief = WritingWorld.Request() with { Metadata = Map("application", "payments") };
        var refusal = await _world.RefusalAsync(WritingWorld.Request(port: 1) with { Pointer = "/0" }, thief with { Pointer = "/1" });
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.NameReserved, "/1/metadata/application"));
        _world.Server.Patches.ShouldBeEmpty();

        _world.Change(static pod => pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["app"] = "payments" } } });
        (await _world.TryRegisterAsync(thief)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task UnderRbacTheApplicationInTheMetadataNeedsTheRightToo()
    {
        using var world = new WritingWorld(access: static options => options.Register = Gateway.Core.Identity.RegisterAccess.Rbac);
        world.Server.Allows = static review => review.ResourceAttributes.Name == "orders";
        var refusal = await world.RefusalAsync(WritingWorld.Request() with { Metadata = Map("application", "payments") });
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.Forbidden, "/metadata/application"));

        var id = (await world.RegisterAsync()).Instance.Id;
        var change = new RegistrationChange { Metadata = ImmutableSortedDictionary<string, string?>.Empty.Add("application", "payments") };
        refusal = (await world.UpdateAsync(id, change)).Refusal.ShouldNotBeNull();
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.Forbidden, "/metadata/application"));
    }

    [Fact]
    public async Task APatchCannotNameTheApplicationThatAPostCannotName()
    {
        AddService("payments", ("app", "payments"));
        var id = (await _world.RegisterAsync()).Instance.Id;
        var change = new RegistrationChange { Metadata = ImmutableSortedDictionary<string, string?>.Empty.Add("application", "payments") };
        var refusal = (await _world.UpdateAsync(id, change)).Refusal.ShouldNotBeNull();
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.NameReserved, "/metadata/application"));
        (await _world.UpdateAsync(id, new() { Weight = 7 })).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task OpenTakesAnyName()
    {
        using var world = new WritingWorld(access: static options => options.Register = Gateway.Core.Identity.RegisterAccess.Open);
        world.Replica.View.Services[new("shop", "orders")] = ServiceOf("orders", ("app", "other"));
        (await world.TryRegisterAsync(WritingWorld.Request())).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task WithLeasesOffATtlIsRefused()
    {
        using var world = new WritingWorld(leases: static options => options.Enabled = false);
        var refusal = await world.RefusalAsync(WritingWorld.Request() with { Ttl = 30 });
        (refusal.Code, refusal.Faults[0].Pointer).ShouldBe((RefusalCodes.LeasesOff, "/ttl"));
    }

    [Fact]
    public async Task AnArrayIsOnePatchAllOrNothing()
    {
        var many = Enumerable.Range(1, 200).Select(i => WritingWorld.Request(port: i) with { Pointer = $"/{i - 1}" }).ToArray();
        var outcome = (await _world.TryRegisterAsync(many)).Value;
        outcome.Items.Select(static item => item.Instance.Key.Port).ShouldBe(Enumerable.Range(1, 200));
        outcome.Items.ShouldAllBe(static item => item.Created);
        _world.Server.Patches.Count.ShouldBe(1);

        many[3] = many[3] with { Container = "nope", Port = 5000 };
        many[7] = many[7] with { Container = "neither", Port = 5001 };
        var refusal = await _world.RefusalAsync(many);
        refusal.Faults.Select(static fault => fault.Pointer).ShouldBe(["/3/container", "/7/container"]);
        _world.Server.Patches.Count.ShouldBe(1);
        _world.Own.Count.ShouldBe(200);
    }

    [Fact]
    public async Task TheSameRegistrationTwiceInAnArrayIsRefused()
    {
        var refusal = await _world.RefusalAsync(WritingWorld.Request() with { Pointer = "/0" }, WritingWorld.Request() with { Pointer = "/1", Weight = 7 });
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.InvalidRegistration, "/1"));
    }

    [Fact]
    public async Task AnArrayIsForOnePod()
    {
        var refusal = (await _world.Service.RegisterAsync(
            WritingWorld.Operator,
            [WritingWorld.Request() with { Pod = new("shop", "a"), Pointer = "/0" }, WritingWorld.Request(port: 1) with { Pod = new("shop", "b"), Pointer = "/1" }],
            TestContext.Current.CancellationToken)).Refusal!;
        (refusal.Code, refusal.Faults.ShouldHaveSingleItem().Pointer).ShouldBe((RefusalCodes.InvalidRegistration, "/1/pod"));
    }

    [Fact]
    public async Task AnUnreadableOwnKeyIsOverwritten()
    {
        var id = new RegistrationKey("shop", "orders", "", "", "http", 8080).IdFor("uid-shop-orders-1");
        _world.Annotate("registry-gateway.io/" + id, "{ broken");
        (await _world.RegisterAsync()).Created.ShouldBeTrue();
        _world.Record(id).Key.Service.ShouldBe("orders");
    }

    [Fact]
    public async Task BeforeTheFirstSyncNothingIsWritten()
    {
        _world.Replica.View.HasSynced = false;
        var refusal = await _world.RefusalAsync(WritingWorld.Request());
        refusal.Code.ShouldBe(RefusalCodes.NotSynced);
        refusal.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task AWriteThatDoesNotComeBackInFiveSecondsIsAnsweredAsPendingFromTheApiServersAnswer()
    {
        _world.Replica.Stall();
        var registering = _world.TryRegisterAsync(WritingWorld.Request() with { Metadata = Map("a", "1") });
        await _world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        var outcome = (await registering).Value;

        outcome.IsPending.ShouldBeTrue();
        var instance = outcome.Items[0].Instance;
        (instance.Status, instance.Address, instance.Pod!.Uid).ShouldBe((InstanceStatus.Up, "10.1.0.7", "uid-shop-orders-1"));
        instance.Metadata.ShouldBe(Map("a", "1"));
        Revision.TryParse(outcome.Revision, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task TheLabelStandsWhileThereIsARegistration()
    {
        using var world = new WritingWorld(static options => options.Label = true);
        var id = (await world.RegisterAsync()).Instance.Id;
        world.Pod.Metadata.Labels["registry-gateway.io/registered"].ShouldBe("true");
        world.Server.Patches[0].ShouldContain("resourceVersion");
        await world.RegisterAsync(WritingWorld.Request(port: 1));
        await world.DeregisterAsync(id);
        world.Pod.Metadata.Labels["registry-gateway.io/registered"].ShouldBe("true");
        await world.Service.DeregisterAllAsync(world.Self, null, TestContext.Current.CancellationToken);
        world.Pod.Metadata.Labels.Keys.ShouldNotContain("registry-gateway.io/registered");
    }

    public void Dispose() => _world.Dispose();

    private static ImmutableSortedDictionary<string, string> Map(string key, string value) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(key, value);

    private void Restart() => _world.Change(pod => pod with
    {
        ContainerStatuses = [new ContainerStatus("app", 1, _world.Time.GetUtcNow() - TimeSpan.FromSeconds(1)), .. pod.ContainerStatuses[1..]],
    });

    private void Run(int restarts, string run) => _world.Change(pod => pod with
    {
        ContainerStatuses = [new ContainerStatus("app", restarts, _world.Time.GetUtcNow() - TimeSpan.FromSeconds(1)) { Run = run }, .. pod.ContainerStatuses[1..]],
    });

    private void AddService(string name, params (string Key, string Value)[] selector) =>
        _world.Replica.View.Services[new("shop", name)] = ServiceOf(name, selector);

    private static Service ServiceOf(string name, params (string Key, string Value)[] selector) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "shop" },
        Selector = selector.ToDictionary(static one => one.Key, static one => one.Value),
    };
}
