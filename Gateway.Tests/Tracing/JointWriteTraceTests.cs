using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Core.Diagnostics;
using Gateway.Tests.Registration;

namespace Gateway.Tests.Tracing;

/// <summary>Which traces a PATCH stands in that carries several calls' edits.</summary>
public sealed class JointWriteTraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly WritingWorld _world = new();

    public JointWriteTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == GatewayTraces.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task AJointWriteStandsInOneTraceAndIsLinkedWithTheOthers()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _world.Server.Hold = async _ =>
        {
            entered.TrySetResult();
            await release.Task;
        };
        var (_, alone) = Register(1);
        await entered.Task.Within();
        var (second, waited) = Register(2);
        var (third, joined) = Register(3);
        release.SetResult();
        await Task.WhenAll(alone, waited, joined).Within();

        var (secondWrite, thirdWrite) = (Write(second), Write(third));
        var sent = _ended.Single(span => span.OperationName == "send write" && span.TraceId == second);
        sent.ParentSpanId.ShouldBe(secondWrite.SpanId);
        sent.GetTagItem("registry.joint").ShouldBe(2);
        sent.Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(thirdWrite.SpanId);
        thirdWrite.Links.ShouldHaveSingleItem().Context.ShouldBe(sent.Context);
        _ended.ShouldNotContain(span => span.OperationName == "send write" && span.TraceId == third);
        Activity.Current.ShouldBeNull("nothing of a call's trace is left behind");
    }

    public void Dispose()
    {
        _listener.Dispose();
        _world.Dispose();
    }

    private Activity Write(ActivityTraceId trace) => _ended.Single(span => span.OperationName == "write pod" && span.TraceId == trace);

    /// <summary>A call with a trace of its own, as the server would begin it.</summary>
    private (ActivityTraceId Trace, Task Done) Register(int port)
    {
        using var call = new Activity("call").Start();
        var done = _world.TryRegisterAsync(WritingWorld.Request(port: port));
        return (call.TraceId, done);
    }
}
