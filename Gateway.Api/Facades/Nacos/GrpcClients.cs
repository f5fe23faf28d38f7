using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// Clients that log in by HTTP and then open gRPC at this port + 1000, where nothing listens: 2.x and later in Java and Go, 2.x and later in Python. Their
/// logins are all that can be seen of them; each caller is logged once. Written by the calls of a login.
/// </summary>
internal sealed partial class GrpcClients(ILogger<GrpcClients> logger)
{
    // Of callers that were logged: pods come and go, and after so many all are logged again.
    private const int Most = 10_000;

    private const int FirstByGrpc = 2;
    private const int Shown = 64;

    private static readonly string[] Families = ["Nacos-Java-Client", "Nacos-Go-Client", "Nacos-Python-Client"];

    private readonly ConcurrentDictionary<string, byte> _logged = new(StringComparer.Ordinal);

    public void Note(string? userAgent, CallerIdentity caller)
    {
        if (userAgent is null || !IsGrpc(userAgent))
            return;
        if (_logged.Count >= Most)
            _logged.Clear();
        if (_logged.TryAdd(caller.FairnessKey, 0))
            NotServed(caller.ToString() ?? "", LogText.Escaped(userAgent.Length > Shown ? userAgent[..Shown] : userAgent));
    }

    /// <summary>The Node.js client calls itself Nacos-Java-Client:v1.0.0, which is what it speaks.</summary>
    internal static bool IsGrpc(string userAgent)
    {
        var at = userAgent.IndexOf(":v", StringComparison.OrdinalIgnoreCase);
        if (at < 0 || !Families.Contains(userAgent[..at], StringComparer.OrdinalIgnoreCase))
            return false;
        var version = userAgent.AsSpan(at + 2);
        var end = version.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? version : version[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major >= FirstByGrpc;
    }

    [LoggerMessage(1970, LogLevel.Warning,
        "{Caller} logged in with {Client}, which registers by gRPC at this port + 1000. That is not served: use a client of 1.x (docs/migrating.md).")]
    private partial void NotServed(string caller, string client);
}
