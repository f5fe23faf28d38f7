namespace Gateway.Api.Hosting;

/// <summary>Where the emulated cluster is, and whether this process runs it (section <c>Emulator</c>, beside the emulator's own options).</summary>
public sealed class EmulatorHostOptions
{
    public const string Section = "Emulator";

    /// <summary>The URL of the emulated Kubernetes API, plain HTTP; with <c>Start</c> it listens there.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Start it in this process; false: use the one at <c>Emulator:Url</c>. The image does not contain it, so there it must be false.</summary>
    public bool Start { get; set; } = true;

    /// <summary>Allow the emulated cluster outside Development, without anonymous callers.</summary>
    public bool AllowOutsideDevelopment { get; set; }

    /// <summary>Yields one sentence per fault.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            yield return $"{Section}:Url '{Url}' is no absolute http URL.";
        else if (url.Port == 0)
            yield return $"{Section}:Url must have a port: the gateway connects to it.";
    }
}
