using System.Diagnostics;
using Gateway.Core.Supervision;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>
/// Loaded by the runtime into a gateway's own process where a test asks for it (DOTNET_STARTUP_HOOKS): makes one of its loops fail, or
/// tells its live heap, which nothing outside of the process could. The runtime wants this name, in no namespace.
/// </summary>
internal static class StartupHook
{
    /// <summary>Which loop fails and by which exception, with a blank between.</summary>
    public const string Variable = "REGISTRY_FAILING_LOOP";

    /// <summary>The file to which the bytes that survive a full collection are written, again and again.</summary>
    public const string HeapVariable = "REGISTRY_LIVE_HEAP";

    private static readonly TimeSpan BetweenCollections = TimeSpan.FromSeconds(1);

    private static Timer? s_collecting;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(HeapVariable) is { } file)
            s_collecting = new Timer(_ => File.AppendAllText(file, $"{GC.GetTotalMemory(forceFullCollection: true)}\n"), null, BetweenCollections, BetweenCollections);
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ') is [var loop, var failure])
            DiagnosticListener.AllListeners.Subscribe(new Sources(new Hosts(loop, failure)));
    }

    private sealed class Sources(Hosts hosts) : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(hosts);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class Hosts(string loop, string failure) : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
                builder.ConfigureServices(services => services.AddSingleton(Failing()));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        private SupervisionOptions Failing() => new()
        {
            FirstPause = TimeSpan.FromMilliseconds(1),
            MostFailures = 3,
            Run = (run, cancellationToken) => run.Name != loop
                ? run.RunAsync(cancellationToken)
                : throw (failure == nameof(BrokenInvariantException) ? new BrokenInvariantException("said by a test") : new InvalidOperationException("said by a test")),
        };
    }
}
