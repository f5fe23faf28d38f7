using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Api.Hosting;

/// <summary>
/// The server's certificate from PEM files, reloaded when the files change: cert-manager and the kubelet renew them while the process
/// runs. Written and read by new connections; open ones keep theirs. If a renewed file cannot be read, the old certificate stays in use.
/// </summary>
internal sealed partial class RotatingCertificate
{
    // The kubelet takes up to a minute to update a mounted Secret; certificates are renewed days before they expire.
    private static readonly TimeSpan RecheckInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly string _keyPath;
    private readonly TimeProvider _time;
    private byte[] _hash;
    private long _lookedAt;
    private SslStreamCertificateContext _current;
    private ILogger? _log;

    private RotatingCertificate(string path, string keyPath, TimeProvider time)
    {
        (_path, _keyPath, _time) = (path, keyPath, time);
        _hash = Hash();
        _current = Load();
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>Null if no PEM pair is configured; Kestrel handles other kinds of certificates.</summary>
    public static RotatingCertificate? From(IConfiguration configuration, TimeProvider? time = null)
    {
        var section = configuration.GetSection("Kestrel:Certificates:Default");
        return section["Path"] is { Length: > 0 } path && section["KeyPath"] is { Length: > 0 } keyPath
            ? new(path, keyPath, time ?? TimeProvider.System)
            : null;
    }

    public void Serve(KestrelServerOptions kestrel)
    {
        _log = kestrel.ApplicationServices.GetRequiredService<ILogger<RotatingCertificate>>();
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = Current().TargetCertificate;
            https.OnAuthenticate = (_, options) => options.ServerCertificateContext = Current();
        });
    }

    public SslStreamCertificateContext Current()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) >= RecheckInterval)
            {
                _lookedAt = _time.GetTimestamp();
                LookAgainLocked();
            }

            return _current;
        }
    }

    private void LookAgainLocked()
    {
        try
        {
            var hash = Hash();
            if (hash.AsSpan().SequenceEqual(_hash))
                return;
            _current = Load();
            _hash = hash;
            if (_log is { } logger)
                LogRenewed(logger, _path, _current.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            if (_log is { } logger)
                LogUnreadable(logger, failure, _path);
        }
    }

    private byte[] Hash() => SHA256.HashData([.. File.ReadAllBytes(_path), .. File.ReadAllBytes(_keyPath)]);

    private SslStreamCertificateContext Load()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_path);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(_path, _keyPath), chain, offline: true);
    }

    [LoggerMessage(1902, LogLevel.Information, "Loaded the renewed certificate {Path} for new connections; it expires at {Expiry}")]
    private static partial void LogRenewed(ILogger logger, string path, DateTime expiry);

    [LoggerMessage(1903, LogLevel.Warning, "Cannot read the renewed certificate {Path}; the previous one stays in use")]
    private static partial void LogUnreadable(ILogger logger, Exception failure, string path);
}
