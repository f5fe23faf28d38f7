using System.Reflection;
using Gateway.Api.Hosting;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Hosting;

/// <summary>The gateway as its image holds it, published once for all tests of a class: without the emulated cluster.</summary>
public sealed class PublishedGateway : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("published-");

    public string Program => Path.Combine(_folder.FullName, "Gateway.Api.dll");

    public IReadOnlyList<string> Files => [.. _folder.EnumerateFiles("*", SearchOption.AllDirectories).Select(static file => file.Name)];

    public string Read(string file) => File.ReadAllText(Path.Combine(_folder.FullName, file));

    // Nothing is restored, and what it references is as the build of the tests left it. No server of the compiler or of MSBuild stays behind.
    public async ValueTask InitializeAsync()
    {
        var configuration = typeof(GatewayApplication).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var run = await ProgramRun.OfAsync(
        [
            "publish", Path.Combine(SourceTree.Root, "Gateway.Api"), "-c", configuration, "-o", _folder.FullName, "--no-restore", "-p:WithEmulator=false",
            "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false", "-nodeReuse:false",
        ], limit: Limit);
        run.ExitCode.ShouldBe(0, run.Output + run.Error);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
