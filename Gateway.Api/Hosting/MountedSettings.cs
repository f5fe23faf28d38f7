using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Gateway.Api.Hosting;

/// <summary>
/// The file that <c>SettingsFile</c> names, read again while running: log levels change with it, without a restart. It overrides all other
/// sources. All other settings are read at the start only.
/// </summary>
internal static class MountedSettings
{
    private const string Key = "SettingsFile";

    public static void AddMountedSettings(this ConfigurationManager configuration)
    {
        if (configuration[Key] is not { Length: > 0 } path)
            return;
        var file = new FileInfo(Path.GetFullPath(path));

        // A mounted ConfigMap changes by swapping a symbolic link beside the file, which a file watcher does not notice: the file is polled.
        var folder = Directory.Exists(file.DirectoryName)
            ? new PhysicalFileProvider(file.DirectoryName) { UsePollingFileWatcher = true, UseActivePolling = true }
            : throw new InvalidConfigurationException([$"{Key}: the folder {file.DirectoryName} does not exist."]);
        ((IConfigurationBuilder)configuration).Add(new JsonConfigurationSource { FileProvider = folder, Path = file.Name, Optional = true, ReloadOnChange = true });
    }
}
