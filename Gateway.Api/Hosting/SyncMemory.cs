using System.Runtime;
using Gateway.Core.Registry;

namespace Gateway.Api.Hosting;

/// <summary>
/// Gives back to the system what the first lists took on the way: about as much again as the registry of a large cluster, which the collector would keep as long
/// as nothing else asks for memory. Stateless.
/// </summary>
internal static class SyncMemory
{
    // A small cluster leaves next to nothing.
    private const long Worthwhile = 64L * 1024 * 1024;

    /// <summary>Waits for the first sync. One collection then stops all threads once, for about 2 ms per MB of the registry.</summary>
    public static async Task ReturnAsync(RegistryState state, CancellationToken cancellationToken)
    {
        try
        {
            // A restored state is stale until the lists are complete.
            await state.WaitAsync(static snapshot => snapshot is { HasSynced: true, IsStale: false }, Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        if (GC.GetTotalMemory(forceFullCollection: false) < Worthwhile)
            return;
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
