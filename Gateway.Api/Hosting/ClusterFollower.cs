using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Registration;
using Gateway.Core.Registry;

namespace Gateway.Api.Hosting;

/// <summary>Keeps the copy of the cluster and the snapshots made of it. If either fails by a bug, the process ends loudly.</summary>
internal sealed class ClusterFollower : BackgroundService
{
    private readonly ClusterInformers _informers;
    private readonly RegistryProjector _projector;

    public ClusterFollower(ClusterInformers informers, RegistryProjector projector, RunConfirmer confirmer, MirrorRepair repair)
    {
        (_informers, _projector) = (informers, projector);
        projector.ConfirmationNeeded += confirmer.Confirm;
        projector.PodsChanged += repair.See;
        informers.Cache.Changed += projector.Wake;
        informers.Cache.ConditionChanged += projector.Wake;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var running = new[] { _informers.RunAsync(ending.Token), _projector.RunAsync(ending.Token) };
        await Task.WhenAny(running);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(running);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
    }
}
