using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>The position of one stream in one service: what it has sent. Written and read by its subscription's loop alone.</summary>
internal sealed class ServicePlace(ServiceKey service)
{
    public ServiceKey Service { get; } = service;

    /// <summary>What the client holds once all changes of the current transition are sent.</summary>
    public ImmutableArray<Instance> Sent { get; private set; } = [];

    /// <summary>The <see cref="StreamView.Number"/> of <see cref="Sent"/>; 0 where it is not one of this process' views.</summary>
    public long ViewNumber { get; private set; }

    /// <summary>The sequence of the service's state that was used last; null: none yet.</summary>
    public ulong? SeenSequence { get; private set; }

    public void MoveTo(StreamView view, ulong sequence)
    {
        (Sent, ViewNumber, SeenSequence) = (view.Instances, view.Number, sequence);
    }

    /// <summary>Sets what the client already holds from an earlier connection.</summary>
    public void Restore(ImmutableArray<Instance> held) => (Sent, ViewNumber, SeenSequence) = (held, 0, null);
}
