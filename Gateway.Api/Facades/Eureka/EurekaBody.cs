using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// What a client says of its instance (Netflix' InstanceInfo). Read without regard to what the cluster knows; texts are as sent. Times of the lease and
/// of the client's last change are not part of it: they differ in every body, and equal content must be no write.
/// </summary>
internal sealed record EurekaBody
{
    private const int MaxIdLength = 512;
    private const int MaxNames = 16;

    public required string InstanceId { get; init; }

    /// <summary>In the client's case.</summary>
    public required string App { get; init; }

    public required string HostName { get; init; }
    public required string IpAddr { get; init; }
    public string Status { get; init; } = EurekaStatus.Up;
    public required EurekaPort Port { get; init; }
    public required EurekaPort SecurePort { get; init; }
    public required EurekaDataCenter DataCenter { get; init; }
    public int? RenewalSeconds { get; init; }
    public int? DurationSeconds { get; init; }
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    public string? HomePageUrl { get; init; }
    public string? StatusPageUrl { get; init; }
    public string? HealthCheckUrl { get; init; }
    public string? SecureHealthCheckUrl { get; init; }
    public string? Vip { get; init; }
    public string? SecureVip { get; init; }
    public string? AsgName { get; init; }
    public string? AppGroupName { get; init; }

    /// <summary>Only the secure port is on: it is the port, and the certificate names the client's host.</summary>
    public bool IsSecureOnly => SecurePort.Enabled && !Port.Enabled;

    public int MainPort => IsSecureOnly ? SecurePort.Number : Port.Number;

    /// <summary>The first part of the VIP address that is a legal name, else the app in lower case.</summary>
    public string Service => FirstLegal(Vip) ?? App.ToLowerInvariant();

    /// <summary>
    /// The names besides the service's under which clients find it: the app and every VIP address, compared without case as they do, and Services are in
    /// lower case.
    /// </summary>
    public IReadOnlyCollection<string> AlsoNamed =>
        [.. new[] { Service, App }.Concat(Addresses(Vip)).Concat(Addresses(SecureVip)).Where(RegistrationRules.IsName)
            .Select(static name => name.ToLowerInvariant()).Where(name => name != Service).Distinct(StringComparer.Ordinal)];

    /// <summary>The body as <paramref name="node"/> says it, and the client's lastDirtyTimestamp; faults in the order and with the texts of Eureka's server.</summary>
    public static Result<(EurekaBody Body, long? Dirty)> Of(EurekaNode node, string pathApp)
    {
        var texts = new Texts(node);
        var center = EurekaDataCenter.Of(node.Find("dataCenterInfo"), texts);
        var (host, ip, app) = (texts.Read("hostName"), texts.Read("ipAddr"), texts.Read("app"));
        var id = texts.Read("instanceId") ?? center?.InstanceId ?? host;
        if (texts.Fault is { } wrong)
            return wrong;
        var missing = id is null ? "Missing instanceId"
            : host is null ? "Missing hostname"
            : ip is null ? "Missing ip address"
            : app is null ? "Missing appName"
            : !app.Equals(pathApp, StringComparison.OrdinalIgnoreCase) ? $"Mismatched appName, expecting {pathApp.ToUpperInvariant()} but was {FaultText.Shortened(app.ToUpperInvariant())}"
            : center is null ? "Missing dataCenterInfo"
            : center.Name is null ? "Missing dataCenterInfo Name"
            : !RegistrationRules.IsName(app) ? $"Invalid appName: it must be 1 to 253 of {RegistrationRules.NameCharacters}{RegistrationRules.OffendingInName(app)}"
            : app.Equals(EurekaStatus.Unknown, StringComparison.OrdinalIgnoreCase) ? "Invalid appName: UNKNOWN is what a client without a name is called"
            : id.Length > MaxIdLength || EurekaXmlNames.Clean(id) != id ? $"Invalid instanceId: it must be at most {MaxIdLength} characters without control characters"
            : null;
        if (missing is not null)
            return Invalid(missing);
        var body = new EurekaBody
        {
            InstanceId = id!,
            App = app!,
            HostName = host!,
            IpAddr = ip!,
            Status = EurekaStatus.Read(texts.Read("status")) ?? EurekaStatus.Up,
            Port = texts.ReadPort("port", isOn: true),
            SecurePort = texts.ReadPort("securePort", isOn: false),
            DataCenter = center!,
            RenewalSeconds = texts.ReadSeconds("renewalIntervalInSecs"),
            DurationSeconds = texts.ReadSeconds("durationInSecs"),
            Metadata = texts.ReadMap(node.Find("metadata"), "metadata"),
            HomePageUrl = texts.Read("homePageUrl"),
            StatusPageUrl = texts.Read("statusPageUrl"),
            HealthCheckUrl = texts.Read("healthCheckUrl"),
            SecureHealthCheckUrl = texts.Read("secureHealthCheckUrl"),
            Vip = texts.Read("vipAddress"),
            SecureVip = texts.Read("secureVipAddress"),
            AsgName = texts.Read("asgName"),
            AppGroupName = texts.Read("appGroupName"),
        };
        var dirty = texts.ReadTime("lastDirtyTimestamp");
        if (texts.Fault is { } fault)
            return fault;
        if (!RegistrationRules.IsPort(body.MainPort))
            return Invalid(body.MainPort == 0 ? "Missing port" : "Invalid port: it must be 1 to 65535");
        // Each is a name whose right is asked for.
        if (body.AlsoNamed.Count > MaxNames)
            return Invalid($"Invalid vipAddress: the instance has more than {MaxNames} names");
        return (body, dirty);
    }

    private static string? FirstLegal(string? vip) => Addresses(vip).FirstOrDefault(RegistrationRules.IsName);

    private static string[] Addresses(string? vip) => vip?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    internal static Refusal Invalid(string detail) => new(RefusalCodes.InvalidRegistration, detail);
}

/// <summary>A port and whether it is on; number 0: not said.</summary>
internal readonly record struct EurekaPort(int Number, bool Enabled);

/// <summary>Where the instance runs. Clients take only three names.</summary>
internal sealed record EurekaDataCenter
{
    public const string MyOwn = "MyOwn";

    private static readonly ImmutableArray<string> Names = [MyOwn, "Amazon", "Netflix"];

    /// <summary>One of the three; null: not said.</summary>
    public string? Name { get; init; }

    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What Amazon calls it: the id of an instance that says none.</summary>
    public string? InstanceId => Metadata.GetValueOrDefault("instance-id");

    /// <summary>The class that Java clients read it with.</summary>
    public static string ClassOf(string name) => name == "Amazon" ? "com.netflix.appinfo.AmazonInfo" : "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo";

    public static EurekaDataCenter? Of(EurekaNode? node, Texts texts)
    {
        if (node is null || (node is { IsObject: false, IsArray: false } && string.IsNullOrWhiteSpace(node.Text)))
            return null;
        if (!node.IsObject)
        {
            texts.Fail("Invalid dataCenterInfo: it must be an object");
            return null;
        }

        var said = node.Value("name");
        var name = Names.FirstOrDefault(one => one.Equals(said, StringComparison.OrdinalIgnoreCase));
        if (!string.IsNullOrWhiteSpace(said) && name is null)
            texts.Fail($"Invalid dataCenterInfo Name: it must be {string.Join(", ", Names)}");
        return new EurekaDataCenter { Name = name, Metadata = texts.ReadMap(node.Find("metadata"), "dataCenterInfo metadata") };
    }
}

/// <summary>Reads the values of one body's members; keeps the first fault. Written by that body's reader alone.</summary>
internal sealed class Texts(EurekaNode node)
{
    public Refusal? Fault { get; private set; }

    public void Fail(string detail) => Fault ??= EurekaBody.Invalid(detail);

    /// <summary>Null: missing, null or blank.</summary>
    public string? Read(string name)
    {
        var found = node.Find(name);
        if (found is { IsArray: true } or { IsObject: true, Text: null })
            Fail($"Invalid {name}: it must be a text");
        return found?.Text is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
    }

    /// <summary>A number, or an object with the number as <c>$</c> and the text or boolean <c>@enabled</c>.</summary>
    public EurekaPort ReadPort(string name, bool isOn)
    {
        var found = node.Find(name);
        var text = Read(name);
        var number = 0;
        if (text is not null && !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
            Fail($"Invalid {name}: it must be a number");
        var enabled = found?.Value("@enabled");
        if (enabled is not null && !bool.TryParse(enabled, out isOn))
            Fail($"Invalid {name}: @enabled must be true or false");
        return new EurekaPort(number, isOn && text is not null);
    }

    /// <summary>A member of leaseInfo; what is no positive number of seconds is unset, as Eureka's server has it.</summary>
    public int? ReadSeconds(string name)
    {
        var lease = node.Find("leaseInfo");
        if (lease is { IsObject: false, Text: not (null or "") } or { IsArray: true })
            Fail("Invalid leaseInfo: it must be an object");
        if (lease?.Value(name) is not { Length: > 0 } text)
            return null;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            Fail($"Invalid leaseInfo: {name} must be a number of seconds");
        return seconds > 0 ? seconds : null;
    }

    public long? ReadTime(string name)
    {
        if (Read(name) is not { } text)
            return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time))
            Fail($"Invalid {name}: it must be a number of milliseconds");
        return time;
    }

    /// <summary>A map of texts.</summary>
    public ImmutableSortedDictionary<string, string> ReadMap(EurekaNode? map, string name)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (map is { IsArray: true } or { IsObject: false, Text: not (null or "") })
            Fail($"Invalid {name}: it must be an object");
        if (map is not { IsObject: true })
            return read.ToImmutable();
        foreach (var (key, value) in map.Members)
        {
            if (key.Length == 0)
                Fail($"Invalid {name}: a key must not be empty");
            else if (value.IsArray || value.IsObject)
                Fail($"Invalid {name}: '{FaultText.Shortened(key)}' must be a text");
            else
                read[key] = value.Text ?? "";
        }

        return read.ToImmutable();
    }
}
