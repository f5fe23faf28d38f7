using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Registration;

/// <summary>Several processes over one cluster: what was acknowledged last is what stands.</summary>
public sealed class TwoReplicaTests
{
    private static readonly Action<RegistrationOptions> NoPatience = static options => options.VisibilityTimeout = TimeSpan.Zero;

    [Fact]
    public async Task ADeleteThroughAReplicaThatHasNotSeenTheRegistrationRemovesIt()
    {
        using var world = new WritingWorld(limits: NoPatience);
        using var lagging = Lagging(world);
        var id = (await world.RegisterAsync()).Instance.Id;

        (await lagging.Service.DeregisterAsync(world.Self, null, RegistrationId.Parse(id), TestContext.Current.CancellationToken)).Refusal.ShouldBeNull();
        world.Own.ShouldBeEmpty();

        await world.RegisterAsync();
        (await lagging.Service.DeregisterAsync(WritingWorld.Operator, null, RegistrationId.Parse(id), TestContext.Current.CancellationToken)).Refusal.ShouldBeNull();
        world.Own.ShouldBeEmpty("somebody who names only the id has it found");
        lagging.Searches.ShouldBe(1);
    }

    [Fact]
    public async Task APostThroughAReplicaThatHasNotSeenTheDeletionRegistersAgain()
    {
        using var world = new WritingWorld(limits: NoPatience);
        using var lagging = new Replica(world.Server, world.Time, limits: NoPatience);
        world.Change(static pod => pod);
        await world.RegisterAsync();
        lagging.Stall();
        await world.DeregisterAsync(world.Own.Keys.Single());

        var again = (await lagging.Service.RegisterAsync(world.Self, [WritingWorld.Request()], TestContext.Current.CancellationToken)).Value;
        again.Items[0].Created.ShouldBeTrue();
        world.Own.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AChangeThroughAReplicaThatHasNotSeenTheDeletionIsNotFoundAndWritesNothing()
    {
        using var world = new WritingWorld(limits: NoPatience);
        using var lagging = new Replica(world.Server, world.Time, limits: NoPatience);
        world.Change(static pod => pod);
        await world.RegisterAsync();
        lagging.Stall();
        var id = world.Own.Keys.Single();
        await world.DeregisterAsync(id);

        var changed = await lagging.Service.UpdateAsync(world.Self, null, RegistrationId.Parse(id), new() { OutOfService = true }, TestContext.Current.CancellationToken);
        changed.Refusal.ShouldNotBeNull().Code.ShouldBe(RefusalCodes.NotFound);
        world.Own.ShouldBeEmpty("an override of a registration that is gone is never shown");
    }

    [Fact]
    public async Task APostThroughALaggingReplicaKeepsWhatAnotherAcknowledged()
    {
        using var world = new WritingWorld(limits: NoPatience);
        using var lagging = Lagging(world);
        var id = (await world.RegisterAsync()).Instance.Id;
        await world.UpdateAsync(id, new() { OutOfService = true }, WritingWorld.Operator);

        var posted = (await lagging.Service.RegisterAsync(world.Self, [WritingWorld.Request() with { Weight = 7 }], TestContext.Current.CancellationToken)).Value;
        (posted.Items[0].Created, posted.IsPending, posted.Items[0].Instance.Status).ShouldBe((false, true, InstanceStatus.OutOfService));
        (world.Record(id).OutOfService, world.Record(id).Weight).ShouldBe((OutOfService.ByOther, 7));
    }

    [Fact]
    public async Task AHeartbeatThroughALaggingReplicaIsFoundLive()
    {
        using var world = new WritingWorld(limits: NoPatience);
        using var lagging = Lagging(world);
        var id = (await world.RegisterAsync(WritingWorld.Request() with { Ttl = 30 })).Instance.Id;
        (await lagging.Renewals.RenewAsync(world.Self, null, RegistrationId.Parse(id), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    /// <summary>
    /// 64 callers on eight pods work through three replicas, one of which sees nothing of what happens; kubelets write in between, the API
    /// server now and then is busy, forgets to answer, or refuses joint patches. In the end every pod holds exactly what was acknowledged last.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task NoAcknowledgedWriteIsLost(int seed)
    {
        var server = new MemoryApiServer();
        using var one = new Replica(server, TimeProvider.System, limits: NoPatience);
        using var two = new Replica(server, TimeProvider.System, static options => options.Label = true, limits: NoPatience);
        using var lagging = new Replica(server, TimeProvider.System, limits: NoPatience);
        Replica[] replicas = [one, two, lagging];
        for (var pod = 0; pod < 8; pod++)
            server.Put(IdentityWorld.NewPod($"pod-{pod}", $"10.1.0.{pod}"));
        lagging.Stall();
        server.Admission = Faults(server, seed);
        server.Hold = static async _ => await Task.Yield();

        var expected = await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(() => ActAsync(server, replicas, caller, seed)))).Within();

        foreach (var (pod, id, weight) in expected)
        {
            var value = server.Read("shop", pod).Metadata.Annotations.GetValueOrDefault("registry-gateway.io/" + id);
            if (weight is null)
                value.ShouldBeNull($"{id} of {pod} was deregistered last");
            else
                NativeFormat.TryRead(server.Read("shop", pod), id, value.ShouldNotBeNull($"{id} of {pod} was registered last"), out _)!.Weight.ShouldBe(weight.Value);
        }
    }

    /// <summary>64 callers change the one registration, each a member of its own: whatever was acknowledged is in it.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task ChangesOfOneRegistrationNeverOverwriteEachOther(int seed)
    {
        using var world = new WritingWorld(limits: NoPatience, time: TimeProvider.System);
        using var two = new Replica(world.Server, TimeProvider.System, limits: NoPatience);
        using var three = new Replica(world.Server, TimeProvider.System, limits: NoPatience);
        Replica[] replicas = [world.Replica, two, three];
        var id = (await world.RegisterAsync()).Instance.Id;
        world.Server.Admission = Faults(world.Server, seed);

        // Between a read and the patch made of it there is room for the other replicas.
        world.Server.Hold = static async _ => await Task.Yield();

        var acknowledged = await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            var done = new List<string>();
            for (var step = 0; step < 6; step++)
            {
                var name = $"caller-{caller}-{step}";
                var change = new RegistrationChange { Metadata = ImmutableSortedDictionary<string, string?>.Empty.Add(name, "here") };
                var updated = await replicas[(caller + step) % 3].Service.UpdateAsync(world.Self, WritingWorld.Named, RegistrationId.Parse(id), change, default);
                if (updated.Refusal is null)
                    done.Add(name);
            }

            return done;
        }))).Within();

        acknowledged.Sum(static done => done.Count).ShouldBeGreaterThan(300);
        acknowledged.SelectMany(static done => done).Except(world.Record(id).Metadata.Keys).ShouldBeEmpty();
    }

    /// <summary>One caller's history with a registration of its own; returns what the last acknowledgement said.</summary>
    private static async Task<(string Pod, string Id, int? Weight)> ActAsync(MemoryApiServer server, Replica[] replicas, int caller, int seed)
    {
        var random = new Random((seed * 1000) + caller);
        var pod = $"pod-{caller % 8}";
        var self = new Gateway.Core.Identity.PodCaller("shop", pod, $"uid-shop-{pod}", Gateway.Core.Identity.IdentityProof.Token, null, null);
        var request = WritingWorld.Request($"service-{caller}", 1000 + caller);
        var id = request.KeyIn("shop").IdFor(self.Uid);
        int? weight = null;
        for (var step = 0; step < 12; step++)
        {
            var service = replicas[random.Next(replicas.Length)].Service;
            var next = random.Next(1, 10_000);
            switch (random.Next(5))
            {
                case 0:
                    if ((await service.DeregisterAsync(self, null, RegistrationId.Parse(id), default)).Refusal is null)
                        weight = null;
                    else
                        step--;
                    break;
                case 1 when weight is not null:
                    if ((await service.UpdateAsync(self, null, RegistrationId.Parse(id), new() { Weight = next }, default)).Refusal is null)
                        weight = next;
                    else
                        step--;
                    break;
                case 2:
                    server.Change("shop", pod, static pod => pod with { Ready = !pod.Ready });
                    break;
                default:
                    if ((await service.RegisterAsync(self, [request with { Weight = next }], default)).Refusal is null)
                        weight = next;
                    else
                        step--;
                    break;
            }
        }

        return (pod, id, weight);
    }

    private static Action<Gateway.Core.Kubernetes.Models.Pod, JsonElement> Faults(MemoryApiServer server, int seed)
    {
        // Called under the server's lock, so one random is enough.
        var random = new Random(seed);
        return (_, metadata) =>
        {
            switch (random.Next(20))
            {
                case 0:
                    throw MemoryApiServer.Status(409, "Conflict", "somebody else was faster");
                case 1:
                    throw new KubernetesApiException(429, null, TimeSpan.FromMilliseconds(1));
                case 2:
                    throw new KubernetesApiException(503, null, TimeSpan.FromMilliseconds(1), mayHaveBeenApplied: true);
                case 3:
                    server.LoseNextAnswer();
                    break;
                case 4 when metadata.TryGetProperty("annotations", out var annotations) && annotations.EnumerateObject().Count() > 1:
                    throw MemoryApiServer.Status(403, "", "not together");
            }
        };
    }

    private static Replica Lagging(WritingWorld world)
    {
        var lagging = new Replica(world.Server, world.Time, limits: NoPatience);
        world.Change(static pod => pod);
        lagging.Stall();
        return lagging;
    }
}
