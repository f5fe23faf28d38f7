using System.Net;
using Gateway.Core.Consumers;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Registry.Instances;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Consumers;

/// <summary>The notes and the directory of one replica, over pods in memory and time that the test moves.</summary>
internal sealed class ConsumerWorld : IDisposable
{
    public static readonly ServiceKey Orders = new("shop", "orders");

    public ConsumerWorld(Action<ConsumerOptions>? bounds = null, Action<IdentityOptions>? identity = null, Func<TimeProvider, SharedConsumers>? shared = null)
    {
        var options = new ConsumerOptions();
        bounds?.Invoke(options);
        Identity = new IdentityWorld(identity);
        var metrics = new GatewayMetrics(Counted);
        Notes = new ConsumerNotes(options, Identity.Options, Identity.Clients, Identity.Time, metrics);
        Directory = new ConsumerDirectory(Notes, new ConsumerJudge(Identity.Resolver, Identity.View, Identity.Options), options, Identity.Time, metrics, shared?.Invoke(Identity.Time));
    }

    public MetricsRecorder Counted { get; } = new();
    public IdentityWorld Identity { get; }
    public ManualTimeProvider Time => Identity.Time;
    public ConsumerNotes Notes { get; }
    public ConsumerDirectory Directory { get; }

    public ConsumerCaller? Caller(string address, string? token = null)
    {
        var evidence = new CallerEvidence { RemoteAddress = IPAddress.Parse(address), Authorization = token is null ? [] : ["Bearer " + token] };
        var key = new ConsumerCallerKey(evidence.RemoteAddress, (UInt128)(uint)(token?.GetHashCode(StringComparison.Ordinal) ?? 0), false);
        return Notes.TryFind(key, out var known) ? known : Notes.Add(key, evidence);
    }

    public void LookUp(string address, string service = "orders", string? token = null, string? facade = null, bool isKnown = true)
    {
        if (Caller(address, token) is { } caller)
            Notes.LookedUp(caller, new ServiceKey("shop", service), facade, isKnown);
    }

    public IDisposable Subscribe(string address, params string[] services) =>
        Notes.Subscribed(Caller(address).ShouldNotBeNull(), [.. services.Select(static name => new ServiceKey("shop", name))], null);

    public async Task<IReadOnlyList<ConsumerRecord>> OfAsync(string service = "orders") =>
        [.. (await Directory.OfServiceAsync(new ServiceKey("shop", service), TestContext.Current.CancellationToken).Within())
            .OrderBy(static one => one.Key.Pod, StringComparer.Ordinal).ThenBy(static one => one.Key.Address, StringComparer.Ordinal).ThenBy(static one => one.Key.Facade, StringComparer.Ordinal)];

    public void Dispose()
    {
        Directory.Dispose();
        Counted.Dispose();
    }
}
