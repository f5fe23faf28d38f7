namespace Gateway.Api.Hosting;

/// <summary>Where the emulated cluster is, and whether this process runs it (section <c>Emulator</c>, beside the emulator's own options).</summary>
public sealed class EmulatorHostOptions
{
    public const string Section = "Emulator";

    /// <summary>Where the gateway finds the emulated Kubernetes API, plain HTTP; started here, it listens there.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Start it here; false: use the one that runs at <c>Emulator:Url</c>. The image does not contain it, so there it has to be false.</summary>
    public bool Start { get; set; } = true;

    /// <summary>Take the emulated cluster outside Development too, and then without anonymous callers.</summary>
    public bool AllowOutsideDevelopment { get; set; }

    /// <summary>Every fault, as a sentence each.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            yield return $"{Section}:Url '{Url}' is no absolute http URL.";
        else if (url.Port == 0)
            yield return $"{Section}:Url needs a port: the gateway has to know where to find the cluster.";
    }
}
