using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Gateway.Api.Hosting;

/// <summary>
/// The environment variables that the kubelet makes of every Service of the pod's namespace (<c>NAME_SERVICE_HOST</c>, <c>NAME_PORT_80_TCP</c>) and
/// that read as settings: those of a Service called <c>identity--trustedproxies--a</c> begin with <c>IDENTITY__TRUSTEDPROXIES__A</c>. All who may
/// create a Service could set, or end, the gateway with them, so they are left out of the configuration.
/// </summary>
/// <remarks>Written while the configuration is loaded, at the start; read once for the log.</remarks>
internal sealed partial class ServiceLinks
{
    // A namespace may have thousands of Services; a log line stays short.
    private const int Named = 20;

    private readonly SortedSet<string> _ignored = new(StringComparer.Ordinal);

    /// <summary>Replaces every source of environment variables by one without service links.</summary>
    public static ServiceLinks RemoveFrom(ConfigurationManager configuration)
    {
        var links = new ServiceLinks();
        var sources = ((IConfigurationBuilder)configuration).Sources;
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i] is EnvironmentVariablesConfigurationSource environment)
                sources[i] = new Source(environment.Prefix, links);
        }

        return links;
    }

    public void Report(ILogger<ServiceLinks> logger)
    {
        if (_ignored.Count == 0)
            return;
        var names = string.Join(", ", _ignored.Take(Named));
        LogIgnored(logger, _ignored.Count, _ignored.Count > Named ? $"{names} and {_ignored.Count - Named} more" : names);
    }

    /// <summary>Whether the kubelet makes such a variable, and the configuration reads it as a setting of a section.</summary>
    /// <param name="key">As the configuration has it: <c>:</c> instead of <c>__</c>.</param>
    /// <param name="value">Its value.</param>
    internal static bool IsLink(string key, string? value) => key.Contains(':') && Link().IsMatch($"{key}={value}");

    // Names and values as kubelet's pkg/kubelet/envvars makes them.
    [GeneratedRegex("""
        ^[A-Z0-9_:]+_(?:
          PORT(?:_[0-9]+_(?:TCP|UDP|SCTP))? = (?:tcp|udp|sctp)://[0-9a-f.:\[\]]+:[0-9]+ |
          (?:SERVICE_PORT(?:[_:][A-Z0-9_:]+)? | PORT_[0-9]+_(?:TCP|UDP|SCTP)_PORT) = [0-9]+ |
          PORT_[0-9]+_(?:TCP|UDP|SCTP)_PROTO = (?:tcp|udp|sctp) |
          (?:SERVICE_HOST | PORT_[0-9]+_(?:TCP|UDP|SCTP)_ADDR) = [0-9a-f.:]+ )\z
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Link();

    [LoggerMessage(1915, LogLevel.Warning,
        "Ignored {Count} environment variables that Kubernetes made of Services and that look like settings: {Names}; set enableServiceLinks: false for the gateway's pod")]
    private static partial void LogIgnored(ILogger logger, int count, string names);

    private sealed class Source(string? prefix, ServiceLinks links) : IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(prefix, links);
    }

    private sealed class Provider : EnvironmentVariablesConfigurationProvider
    {
        private readonly string? _prefix;
        private readonly ServiceLinks _links;

        public Provider(string? prefix, ServiceLinks links)
            : base(prefix) => (_prefix, _links) = (prefix, links);

        public override void Load()
        {
            base.Load();
            foreach (var (key, value) in Data.ToList())
            {
                if (!IsLink(key, value))
                    continue;
                Data.Remove(key);
                _links._ignored.Add((_prefix + key).Replace(":", "__", StringComparison.Ordinal));
            }
        }
    }
}
