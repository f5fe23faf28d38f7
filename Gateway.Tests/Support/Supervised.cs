using Gateway.Core.Diagnostics;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Support;

/// <summary>What runs loops in tests of the parts that have some.</summary>
internal static class Supervised
{
    public static LoopSupervisor Loops(
        TimeProvider? time = null, GatewayMetrics? metrics = null, ILogger<LoopSupervisor>? logger = null, SupervisionOptions? options = null) =>
        new(options ?? new(), metrics ?? new(), time ?? TimeProvider.System, logger ?? NullLogger<LoopSupervisor>.Instance);

    /// <summary>Runs all of them until cancelled.</summary>
    public static Task RunAsync(this LoopSupervisor supervisor, IEnumerable<BackgroundLoop> loops, CancellationToken cancellationToken) =>
        Task.WhenAll(loops.Select(loop => supervisor.RunAsync(loop, cancellationToken)));
}
