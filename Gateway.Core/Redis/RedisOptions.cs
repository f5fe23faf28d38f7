using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>What replicas share (section <c>Redis</c>). Settled at start, read by everyone after.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    // Known to later versions of the client than the one that is built in by default.
    private static readonly HashSet<string> NewerKeywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "user", "sslProtocols", "protocol", "checkCertificateRevocation", "configCheckSeconds", "heartbeatInterval", "heartbeatConsistencyChecks",
        "highIntegrity", "setlib", "tunnel",
    };

    /// <summary>StackExchange.Redis connection string; empty: this process's memory, not shared with other replicas.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>A call that takes longer is abandoned, and Redis counts as unavailable.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(2);

    public bool IsUsed => Configuration.Trim().Length > 0;

    /// <summary>Every fault, as a sentence. Values are not repeated: one of them is a password.</summary>
    public IEnumerable<string> Validate()
    {
        if (CallTimeout <= TimeSpan.Zero)
            yield return $"{Section}:CallTimeout must be positive.";
        if (!IsUsed)
            yield break;
        var hasAddress = false;
        foreach (var part in Configuration.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var keyword = part.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? part[..at].Trim() : null;
            hasAddress |= keyword is null;
            if (IsUnderstood(part))
                continue;
            yield return keyword is null ? $"{Section}:Configuration holds an address that cannot be read."
                : NewerKeywords.Contains(keyword)
                    ? $"{Section}:Configuration says {keyword}=, which the Redis client in this build does not know; a build with a newer one is needed (-p:StackExchangeRedisVersion=2.x)."
                    : $"{Section}:Configuration says {keyword}=, which is unknown or has a value that cannot be read.";
        }

        if (!hasAddress)
            yield return $"{Section}:Configuration names no address (host:port).";
    }

    /// <summary>The client's own form. The gateway starts without Redis and waits for it.</summary>
    internal ConfigurationOptions ToClient()
    {
        var options = ConfigurationOptions.Parse(Configuration);
        options.AbortOnConnectFail = false;
        options.ClientName ??= "registry-gateway";
        if (options.ConnectTimeout > (int)CallTimeout.TotalMilliseconds)
            options.ConnectTimeout = (int)CallTimeout.TotalMilliseconds;
        return options;
    }

    // The client that is built in is asked, so the answer is right for whichever that is.
    private static bool IsUnderstood(string part)
    {
        try
        {
            _ = ConfigurationOptions.Parse(part);
            return true;
        }
        catch (Exception refused) when (refused is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }
    }
}
