using Gateway.Core.Registry.Projection;
using Gateway.Core.Upkeep;
using Gateway.Tests.Registration;
using Gateway.Tests.Registry.Projecting;

namespace Gateway.Tests.Upkeep;

/// <summary>A confirmation that fails by a bug is logged with its registration, and the next one of it is made.</summary>
public sealed class RestartConfirmerTests
{
    [Fact]
    public async Task AConfirmationThatFailsByABugIsLoggedAndTheNextOneIsMade()
    {
        using var world = new WritingWorld();
        var id = (await world.RegisterAsync()).Instance.Id;
        using var logs = new LogBookOf<RestartConfirmer>();
        var confirmer = new RestartConfirmer(world.Replica.Writer, world.Replica.Annotations, world.Replica.Audit, world.Replica.Loops, logs);
        var confirmation = new RestartConfirmation(world.Pod, world.Record(id), world.Time.GetUtcNow().AddMinutes(1), 1, "containerd://next");

        world.Server.Hold = static _ => throw new InjectedFaultException();
        confirmer.Confirm(confirmation);
        await world.Replica.Loops.SettleAsync().Within();
        var line = logs.Lines.ShouldHaveSingleItem();
        line.Id.ShouldBe(1621);
        line.Members["Id"].ShouldBe(id);

        world.Server.Hold = static _ => Task.CompletedTask;
        confirmer.Confirm(confirmation);
        await world.Replica.Loops.SettleAsync().Within();
        world.Record(id).RestartCount.ShouldBe(1);
        logs.Lines.Count.ShouldBe(1);
    }
}
