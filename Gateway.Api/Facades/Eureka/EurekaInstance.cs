using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// One instance in Eureka's form, whatever it was registered by. Immutable; made once for each state of the instance. Its times are those of the
/// registration: a heartbeat changes no answer.
/// </summary>
internal sealed record EurekaInstance
{
    /// <summary>The protocol's name in an alias.</summary>
    public const string Protocol = "eureka";

    private const string Zone = "zone";

    /// <summary>The id of the registry's own, which no two instances share.</summary>
    public required string Key { get; init; }

    public required string InstanceId { get; init; }
    public required string App { get; init; }

    /// <summary>The service that it is an instance of.</summary>
    public required ServiceKey Service { get; init; }

    public required string HostName { get; init; }
    public required string IpAddr { get; init; }
    public required string Status { get; init; }
    public required EurekaPort Port { get; init; }
    public required EurekaPort SecurePort { get; init; }
    public required EurekaDetail Detail { get; init; }
    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }
    public required string? Vip { get; init; }
    public required string? SecureVip { get; init; }

    /// <summary>Milliseconds since 1970; 0: not known.</summary>
    public required long RegisteredAt { get; init; }

    /// <summary>Set by someone's word, which holds until it is taken back: OUT_OF_SERVICE, else UNKNOWN.</summary>
    public string OverriddenStatus => Status == EurekaStatus.OutOfService ? EurekaStatus.OutOfService : EurekaStatus.Unknown;

    public string DataCenter => Detail.DataCenter ?? EurekaDataCenter.MyOwn;

    public string HomePageUrl => Detail.HomePageUrl is null ? HomePage(this) : EurekaDetail.UrlFor(Detail.HomePageUrl, UrlHost)!;

    public string? StatusPageUrl => EurekaDetail.UrlFor(Detail.StatusPageUrl, UrlHost);

    public string? HealthCheckUrl => EurekaDetail.UrlFor(Detail.HealthCheckUrl, UrlHost);

    public string? SecureHealthCheckUrl => EurekaDetail.UrlFor(Detail.SecureHealthCheckUrl, UrlHost);

    /// <summary>The app that a service's instances are shown under, unless their client said another.</summary>
    public static string AppOf(string service) => service.ToUpperInvariant();

    /// <summary>The id of a registration by this protocol, in which the client's own is: a pod may say one id for two apps, and both are its own.</summary>
    public static string AliasOf(string app, string instanceId) => $"{app.ToUpperInvariant()}/{instanceId}";

    /// <summary>Null: it has no address yet, and there is nothing that a client could do with it.</summary>
    public static EurekaInstance? Of(Instance instance)
    {
        var alias = instance.ClientOf(Protocol);
        if ((instance.Host ?? instance.Address) is not { } address)
            return null;
        var detail = EurekaDetail.Read(alias?.Detail);
        var isSecureOnly = alias is not null ? detail.IsSecureOn && detail.IsPlainOff : instance.Key.Protocol is "https";
        var port = instance.Key.Port;
        var hostName = isSecureOnly && detail.HostName is { } own ? own : instance.Hostname?.Full ?? address;
        return new EurekaInstance
        {
            Key = instance.Id,
            InstanceId = alias?.Id[(alias.Id.IndexOf('/', StringComparison.Ordinal) + 1)..] ?? IdOf(instance, address),
            App = AppOf(detail.App ?? instance.Key.Service),
            Service = instance.Service,
            HostName = hostName,
            IpAddr = address,
            Status = EurekaStatus.Of(instance),
            // Clients tell instances apart by host name and this number, so it is the port in use even where it is off.
            Port = new EurekaPort(isSecureOnly ? detail.PlainPort ?? port : port, !isSecureOnly && !detail.IsPlainOff),
            SecurePort = isSecureOnly ? new EurekaPort(port, true) : new EurekaPort(detail.SecurePort ?? 443, detail.IsSecureOn),
            Detail = detail,
            Metadata = instance.Zone is { } zone && !instance.Metadata.ContainsKey(Zone) ? instance.Metadata.Add(Zone, zone) : instance.Metadata,
            Vip = Said(detail.Vip, instance.Key.Service),
            SecureVip = Said(detail.SecureVip, instance.Key.Service),
            RegisteredAt = instance.RegisteredAt?.ToUnixTimeMilliseconds() ?? 0,
        };
    }

    /// <summary>Whether one of the comma-separated parts is that address, without regard to case.</summary>
    public bool HasVip(string vip, bool isSecure)
    {
        foreach (var part in (isSecure ? SecureVip : Vip).AsSpan().Split(','))
        {
            if ((isSecure ? SecureVip : Vip).AsSpan(part).Trim().Equals(vip, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private string UrlHost => HostName.Contains(':', StringComparison.Ordinal) ? $"[{HostName}]" : HostName;

    private static string HomePage(EurekaInstance instance) => instance is { Port.Enabled: false, SecurePort.Enabled: true }
        ? string.Create(CultureInfo.InvariantCulture, $"https://{instance.UrlHost}:{instance.SecurePort.Number}/")
        : string.Create(CultureInfo.InvariantCulture, $"http://{instance.UrlHost}:{instance.Port.Number}/");

    // Kept as "" where the client said none; where nothing is kept it is the service's name, by which clients look up.
    private static string? Said(string? kept, string service) => kept ?? service;

    private static string IdOf(Instance instance, string address)
    {
        var key = instance.Key;
        var id = string.Create(CultureInfo.InvariantCulture, $"{address}:{key.Service}:{key.Port}");
        return key.Group.Length == 0 && key.Version.Length == 0 ? id : $"{id}:{key.Group}:{key.Version}";
    }
}
