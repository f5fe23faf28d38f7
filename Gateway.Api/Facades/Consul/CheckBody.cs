using System.Globalization;

namespace Gateway.Api.Facades.Consul;

/// <summary>A check as a body says it, with what only its registration needs. Immutable.</summary>
internal sealed record CheckBody
{
    // What Consul itself would run: nothing is run here, so each follows the pod's readiness.
    private static readonly (string Member, string Type)[] Run =
        [("http", "http"), ("tcp", "tcp"), ("udp", "udp"), ("grpc", "grpc"), ("h2ping", "h2ping"), ("aliasservice", "alias"), ("aliasnode", "alias")];

    // What would run a program at the agent.
    private static readonly string[] Refused = ["script", "args", "scriptargs", "dockercontainerid", "shell", "osservice"];

    public required ConsulCheck Check { get; init; }

    /// <summary>In seconds; null for a check that the client does not report.</summary>
    public int? Ttl { get; private init; }

    /// <summary>The service that a check of its own names; "": none.</summary>
    public string ServiceId { get; private init; } = "";

    /// <summary>Throws <see cref="BodyFault"/>.</summary>
    public static CheckBody Read(BodyMembers members, string defaultId)
    {
        foreach (var refused in Refused)
        {
            if (members.Has(refused))
                throw new BodyFault("Invalid check: checks that run a program (script, args, docker) are not run by this registry; use a TTL check, or the pod's readiness probe");
        }

        var status = members.Text("status");
        if (status.Length > 0 && !ConsulStatus.IsStatus(status))
            throw new BodyFault("Status for checks must 'passing', 'warning', 'critical'");
        var ttl = members.Duration("ttl");
        var types = Run.Where(one => members.Has(one.Member)).Select(static one => one.Type).Distinct().ToList();
        if (ttl > TimeSpan.Zero)
            types.Insert(0, ConsulCheck.Ttl);
        if (types.Count == 0)
            throw new BodyFault(members.Has("ttl") ? "Invalid check: TTL must be > 0 for TTL checks" : "Invalid check: Check type must be one of TTL, HTTP, TCP, UDP, GRPC, H2PING or Alias");
        if (ttl > TimeSpan.Zero && types.Count > 1)
            throw new BodyFault("Invalid check: Interval and TTL cannot both be specified");
        var interval = members.Duration("interval");
        var timeout = members.Duration("timeout");
        members.Duration("deregistercriticalserviceafter");
        if (types[0] is not (ConsulCheck.Ttl or "alias") && interval == TimeSpan.Zero)
            throw new BodyFault("Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks");
        return new CheckBody
        {
            Check = new ConsulCheck
            {
                Id = members.Text("checkid") is { Length: > 0 } id ? id : members.Text("id") is { Length: > 0 } other ? other : defaultId,
                Name = members.Text("name"),
                Type = types[0],
                Notes = members.Text("notes"),
                Interval = TextOf(interval),
                Timeout = TextOf(timeout),
                Status = types[0] == ConsulCheck.Ttl && status.Length > 0 ? status : ConsulStatus.Passing,
            },
            Ttl = ttl > TimeSpan.Zero ? (int)Math.Ceiling(Math.Min(ttl.TotalSeconds, Gateway.Core.Annotations.Records.RegistrationRules.MaxTtl)) : null,
            ServiceId = members.Text("serviceid"),
        };
    }

    private static string TextOf(TimeSpan time) =>
        time == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");
}
