using Gateway.Emulator;

namespace Gateway.Api.Hosting;

/// <summary>Whether this process runs the emulated cluster itself (section <c>Emulator</c>, beside the emulator's own options).</summary>
public sealed class EmulatorHostOptions
{
    /// <summary>Start it here; false: use the one that runs at <c>Emulator:Url</c>.</summary>
    public bool Start { get; set; } = true;

    /// <summary>Take the emulated cluster outside Development too, and then without anonymous callers.</summary>
    public bool AllowOutsideDevelopment { get; set; }

    public static IEnumerable<string> Validate(EmulatorOptions options)
    {
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            yield return $"Emulator:Url '{options.Url}' is no absolute http URL.";
        else if (url.Port == 0)
            yield return "Emulator:Url needs a port: the gateway has to know where to find the cluster.";
    }
}
