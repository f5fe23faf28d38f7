using Gateway.Tests.Conformance.Planes;

[assembly: AssemblyFixture(typeof(ControlPlanes))]

namespace Gateway.Tests.Conformance.Planes;

/// <summary>
/// Every control plane of a test run, started by the first test that needs it and stopped at the run's end. The tests of all classes share
/// them, each in namespaces of its own.
/// </summary>
public sealed class ControlPlanes : IAsyncDisposable
{
    // Starting is not any one test's work: a test that gives up must not take the plane from the others.
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<(ControlPlaneKind, bool), Task<IControlPlane>> _started = [];

    public static IReadOnlyList<ControlPlaneKind> Available { get; } = [.. Find()];

    private static string? Assets => Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS");

    /// <summary>A namespace of its own on that plane; skips the test where the plane lacks what it needs.</summary>
    public async Task<TestCluster> OpenAsync(ControlPlaneCase on)
    {
        var plane = await StartedAsync(on);
        var missing = on.Needs & ~plane.Offers;
        Assert.SkipUnless(missing == ControlPlaneNeeds.ApiServer, $"{plane.Name} has no {missing}");
        return await TestCluster.CreateAsync(plane);
    }

    public async ValueTask DisposeAsync()
    {
        List<Task<IControlPlane>> started;
        lock (_gate)
        {
            started = [.. _started.Values];
        }

        foreach (var plane in started.Where(static plane => plane.IsCompletedSuccessfully))
        {
            await (await plane).DisposeAsync();
        }
    }

    private static IEnumerable<ControlPlaneKind> Find()
    {
        yield return ControlPlaneKind.Emulated;
        if (Assets is { Length: > 0 } folder && File.Exists(Path.Combine(folder, "kube-apiserver")) && File.Exists(Path.Combine(folder, "etcd")))
        {
            yield return ControlPlaneKind.Binaries;
        }

        if (Environment.GetEnvironmentVariable("GATEWAY_TEST_CLUSTER") == "1")
        {
            yield return ControlPlaneKind.Cluster;
        }
    }

    private Task<IControlPlane> StartedAsync(ControlPlaneCase on)
    {
        // The emulated kubelet would run pods whose status a test means to write itself: only the tests that need one get it.
        var played = on.Kind == ControlPlaneKind.Emulated && on.Needs.HasFlag(ControlPlaneNeeds.Kubelet);
        lock (_gate)
        {
            if (!_started.TryGetValue((on.Kind, played), out var plane))
            {
                _started[(on.Kind, played)] = plane = Task.Run(() => StartAsync(on.Kind, played));
            }

            return plane;
        }
    }

    private static async Task<IControlPlane> StartAsync(ControlPlaneKind kind, bool played)
    {
        using var deadline = new CancellationTokenSource(StartTime);
        return kind switch
        {
            ControlPlaneKind.Emulated => await EmulatedControlPlane.StartAsync(played, deadline.Token),
            ControlPlaneKind.Binaries => await EnvtestControlPlane.StartAsync(Assets!, deadline.Token),
            _ => await ClusterControlPlane.ConnectAsync(deadline.Token),
        };
    }
}
