using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Gateway.Api.Hosting;

/// <summary>
/// The file that <c>SettingsFile</c> names, read again while running: log levels change with it, without a restart. What it says goes before
/// everything else. All other settings are settled at the start.
/// </summary>
internal static class MountedSettings
{
    private const string Key = "SettingsFile";

    public static void AddMountedSettings(this ConfigurationManager configuration)
    {
        if (configuration[Key] is not { Length: > 0 } path)
            return;
        var file = new FileInfo(Path.GetFullPath(path));

        // A mounted ConfigMap changes by swapping a symbolic link beside the file, of which no watcher of the file hears: it is looked at.
        var folder = Directory.Exists(file.DirectoryName)
            ? new PhysicalFileProvider(file.DirectoryName) { UsePollingFileWatcher = true, UseActivePolling = true }
            : throw new InvalidConfigurationException([$"{Key}: the folder {file.DirectoryName} is not there."]);
        ((IConfigurationBuilder)configuration).Add(new JsonConfigurationSource { FileProvider = folder, Path = file.Name, Optional = true, ReloadOnChange = true });
    }
}
