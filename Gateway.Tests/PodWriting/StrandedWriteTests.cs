using System.Diagnostics;
using Gateway.Core.Diagnostics;
using Gateway.Tests.Registration;
using Gateway.Tests.Registry.Projecting;

namespace Gateway.Tests.PodWriting;

/// <summary>A bug on the way of one write fails that write, and strands none that comes after it.</summary>
public sealed class StrandedWriteTests : IDisposable
{
    private readonly WritingWorld _world = new();
    private readonly Activity _call = new Activity("call").Start();

    public void Dispose()
    {
        _call.Dispose();
        _world.Dispose();
    }

    [Fact]
    public async Task AWriteWhoseSpanCannotBeMadeFailsAloneAndTheNextOneIsMade()
    {
        var hasFailed = false;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == GatewayTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _call.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStarted = span =>
            {
                if (hasFailed || span.TraceId != _call.TraceId || span.OperationName != "send write")
                    return;
                hasFailed = true;
                throw new InjectedFaultException();
            },
        };
        ActivitySource.AddActivityListener(listener);

        await _world.TryRegisterAsync(WritingWorld.Request()).ShouldThrowAsync<InjectedFaultException>();
        (await _world.TryRegisterAsync(WritingWorld.Request())).Refusal.ShouldBeNull();
        await _world.Replica.Loops.SettleAsync().Within();
    }
}
