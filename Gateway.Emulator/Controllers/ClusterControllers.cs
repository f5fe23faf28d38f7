using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Controllers;

/// <summary>Runs the controllers, each in a loop of its own.</summary>
internal sealed class ClusterControllers : IAsyncDisposable
{
    private readonly ControlLoop[] _loops;

    public ClusterControllers(ObjectStorage storage, ObjectWriter writer)
    {
        _loops = [new(storage, new NamespaceController(storage, writer)), new(storage, new EndpointController(storage, writer))];
        foreach (var loop in _loops)
        {
            loop.Start();
        }
    }

    /// <summary>Completes when the controllers have processed everything that was stored before.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        foreach (var loop in _loops)
        {
            await loop.SettleAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync();
        }
    }
}
