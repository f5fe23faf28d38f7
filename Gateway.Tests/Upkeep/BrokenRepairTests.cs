using System.Net;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Upkeep;
using Gateway.Tests.Registration;
using Gateway.Tests.Registry.Projecting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Upkeep;

/// <summary>A look at the mirrors that fails half-way loses no pod: the next one looks at all of them.</summary>
public sealed class BrokenRepairTests : IDisposable
{
    private const string Key = "app.io/annotation";

    private readonly WritingWorld _world = new(annotations: static options => options.Mirrors = ["generic"]);

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task PodsThatWereTakenAndNotJudgedAreFoundByTheNextLook()
    {
        var replica = _world.Replica;
        var view = new FailingView(replica.View);
        var repair = new MirrorRepair(
            new StandingLeader(), replica.Registry, view, new MirrorSettings(replica.Annotations, replica.Access, view), replica.Planner, replica.Writer, replica.Limits,
            _world.Time, replica.Metrics, NullLogger<MirrorRepair>.Instance);
        _world.Server.Changed += (pod, _) => repair.See([pod.Metadata.Key]);
        await _world.RegisterAsync();
        (await repair.RepairAsync(CancellationToken.None).Within()).ShouldBe(0);

        _world.Change(static pod => pod with
        {
            Metadata = pod.Metadata with { Annotations = pod.Metadata.Annotations.Where(static entry => entry.Key != Key).ToDictionary() },
        });
        view.FailsOnce = true;
        await repair.RepairAsync(CancellationToken.None).Within().ShouldThrowAsync<InjectedFaultException>();
        (await repair.RepairAsync(CancellationToken.None).Within()).ShouldBe(1);
        _world.Pod.Metadata.Annotations.Keys.ShouldContain(Key);
    }

    private sealed class FailingView(IClusterView view) : IClusterView
    {
        public bool FailsOnce { get; set; }

        public bool HasSynced => view.HasSynced;

        public Namespace? FindNamespace(string name)
        {
            if (!FailsOnce)
                return view.FindNamespace(name);
            FailsOnce = false;
            throw new InjectedFaultException();
        }

        public bool FollowsPods(string ns) => view.FollowsPods(ns);

        public Pod? FindPod(string ns, string name) => view.FindPod(ns, name);

        public IReadOnlyCollection<Pod> PodsByAddress(IPAddress address) => view.PodsByAddress(address);

        public Service? FindService(string ns, string name) => view.FindService(ns, name);

        public string? ZoneOfNode(string node) => view.ZoneOfNode(node);

        public NamespacePresence PresenceOf(string ns) => view.PresenceOf(ns);

        public bool WatchesNamespace(string ns) => view.WatchesNamespace(ns);

        public bool WatchesPod(Pod pod) => view.WatchesPod(pod);
    }
}
