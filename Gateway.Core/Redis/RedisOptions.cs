using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>What replicas share (section <c>Redis</c>). Settled at start, read by everyone after.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    public const string DefaultKeyPrefix = "registry-gateway";

    private const int MaxKeyPrefix = 128;
    private const int MinSecretBytes = 16;

    // The client's own pause doubles up to a minute, in which a Redis that is back would go unused.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>StackExchange.Redis connection string; empty: this process's memory, not shared with other replicas.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>A call that takes longer is abandoned, and Redis counts as unavailable.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>PEM file with the certificate authority of a Redis that is called with <c>ssl=true</c>; unset: those that the system trusts.</summary>
    public string CertificateAuthority { get; set; } = "";

    /// <summary>What the keys and channels of this installation begin with. Installations that share a Redis need different ones.</summary>
    public string KeyPrefix { get; set; } = DefaultKeyPrefix;

    /// <summary>Secret of this installation, at least 16 bytes: the saved state carries an HMAC by it, and one without it is not restored. Empty: neither.</summary>
    public string SharedSecret { get; set; } = "";

    public bool IsUsed => Configuration.Trim().Length > 0;

    /// <summary>Sentinels name the master.</summary>
    internal bool HasSentinel => ConfigurationOptions.Parse(Configuration) is { ServiceName.Length: > 0 };

    /// <summary>Every fault, as a sentence. Values are not repeated: one of them is a password.</summary>
    public IEnumerable<string> Validate()
    {
        if (CallTimeout <= TimeSpan.Zero)
            yield return $"{Section}:CallTimeout must be positive.";
        if (!IsKeyPrefix(KeyPrefix))
            yield return $"{Section}:KeyPrefix is no prefix: 1 to {MaxKeyPrefix} of letters, digits and ._/-.";
        if (SharedSecret.Length > 0 && Encoding.UTF8.GetByteCount(SharedSecret) < MinSecretBytes)
            yield return $"{Section}:SharedSecret has fewer than {MinSecretBytes} bytes.";
        if (!IsUsed)
            yield break;
        var hasAddress = false;
        foreach (var part in Configuration.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var keyword = part.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? part[..at].Trim() : null;
            hasAddress |= keyword is null;
            if (IsUnderstood(part))
                continue;
            yield return keyword is null
                ? $"{Section}:Configuration holds an address that cannot be read."
                : $"{Section}:Configuration says {keyword}=, which is unknown or has a value that cannot be read.";
        }

        if (!hasAddress)
            yield return $"{Section}:Configuration names no address (host:port).";
        if (CertificateAuthority.Length > 0 && !IsCertificate(CertificateAuthority))
            yield return $"{Section}:CertificateAuthority is not a file with a certificate in PEM.";
    }

    /// <summary>The client's own form. The gateway starts without Redis and waits for it.</summary>
    internal ConfigurationOptions ToClient()
    {
        var options = ConfigurationOptions.Parse(Configuration);
        options.AbortOnConnectFail = false;

        // By default the client keeps calls while it is not connected and sends them later, long after the gateway gave them up.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry((int)RetryInterval.TotalMilliseconds);
        options.ClientName ??= "registry-gateway";
        if (CertificateAuthority.Length > 0)
            options.TrustIssuer(CertificateAuthority);
        if (options.ConnectTimeout > (int)CallTimeout.TotalMilliseconds)
            options.ConnectTimeout = (int)CallTimeout.TotalMilliseconds;
        return options;
    }

    // The client itself is asked, so the answer is right for its version.
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

    // No braces (hash tags), no patterns of ACLs, and no colon, which ends it.
    private static bool IsKeyPrefix(string text) =>
        text.Length is > 0 and <= MaxKeyPrefix && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '-');

    private static bool IsCertificate(string path)
    {
        try
        {
            X509CertificateLoader.LoadCertificateFromFile(path).Dispose();
            return true;
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
