using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>Where one stream stands in one service: what it has told of it. Its subscription's loop alone reads and writes it.</summary>
internal sealed class ServicePlace(ServiceKey service)
{
    public ServiceKey Service { get; } = service;

    /// <summary>What the client holds once the running transition is told.</summary>
    public ImmutableArray<Instance> Told { get; private set; } = [];

    /// <summary>The <see cref="StreamView.Number"/> of it; 0 where it is none of this process' views.</summary>
    public long ViewNumber { get; private set; }

    /// <summary>The state of the service that was looked at last; null: none yet.</summary>
    public ulong? SeenSequence { get; private set; }

    public void Become(StreamView view, ulong sequence)
    {
        (Told, ViewNumber, SeenSequence) = (view.Instances, view.Number, sequence);
    }

    /// <summary>The client came with this from an earlier connection.</summary>
    public void Recall(ImmutableArray<Instance> told) => (Told, ViewNumber, SeenSequence) = (told, 0, null);
}
