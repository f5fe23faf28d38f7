using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// What a client said of its instance and a registration has no member for: kept with the client's id, as compact JSON. What follows from the
/// registration is left out. Equal content is equal text.
/// </summary>
internal sealed record EurekaDetail
{
    /// <summary>The place of the shown host in a URL in which the client named its own.</summary>
    private const string Host = "*";

    public static readonly EurekaDetail None = new();

    /// <summary>The app in the client's case, where it is not the service's name.</summary>
    public string? App { get; init; }

    /// <summary>The host name as the client knows it; kept where it is shown.</summary>
    public string? HostName { get; init; }

    public string? Vip { get; init; }
    public string? SecureVip { get; init; }

    /// <summary>The secure port, on or off, and the plain port where it is off.</summary>
    public int? SecurePort { get; init; }

    public bool IsSecureOn { get; init; }
    public int? PlainPort { get; init; }

    /// <summary>Both ports were off: shown as it was said.</summary>
    public bool IsPlainOff { get; init; }

    public string? HomePageUrl { get; init; }
    public string? StatusPageUrl { get; init; }
    public string? HealthCheckUrl { get; init; }
    public string? SecureHealthCheckUrl { get; init; }
    public string? DataCenter { get; init; }
    public ImmutableSortedDictionary<string, string> DataCenterMetadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    public int? RenewalSeconds { get; init; }
    public int? DurationSeconds { get; init; }
    public string? AsgName { get; init; }
    public string? AppGroupName { get; init; }

    public static EurekaDetail Of(EurekaBody body)
    {
        var service = body.Service;
        return new EurekaDetail
        {
            App = body.App == service ? null : body.App,
            HostName = body.IsSecureOnly ? body.HostName : null,
            Vip = body.Vip == service ? null : body.Vip ?? "",
            SecureVip = body.SecureVip == service ? null : body.SecureVip ?? "",
            SecurePort = body.SecurePort.Number > 0 && !body.IsSecureOnly ? body.SecurePort.Number : null,
            IsSecureOn = body.SecurePort.Enabled,
            PlainPort = body.IsSecureOnly && body.Port.Number > 0 ? body.Port.Number : null,
            IsPlainOff = !body.Port.Enabled,
            HomePageUrl = OwnUrl(body.HomePageUrl, body),
            StatusPageUrl = OwnUrl(body.StatusPageUrl, body),
            HealthCheckUrl = OwnUrl(body.HealthCheckUrl, body),
            SecureHealthCheckUrl = OwnUrl(body.SecureHealthCheckUrl, body),
            DataCenter = body.DataCenter.Name == EurekaDataCenter.MyOwn ? null : body.DataCenter.Name,
            DataCenterMetadata = body.DataCenter.Metadata,
            RenewalSeconds = body.RenewalSeconds,
            DurationSeconds = body.DurationSeconds,
            AsgName = body.AsgName,
            AppGroupName = body.AppGroupName,
        };
    }

    /// <summary>A kept URL with the host that is shown.</summary>
    public static string? UrlFor(string? kept, string host)
    {
        var at = kept?.IndexOf("://" + Host, StringComparison.Ordinal) ?? -1;
        return at < 0 ? kept : $"{kept.AsSpan(0, at + 3)}{host}{kept.AsSpan(at + 3 + Host.Length)}";
    }

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
        {
            writer.WriteStartObject();
            Write(writer, "app", App);
            Write(writer, "host", HostName);
            Write(writer, "vip", Vip);
            Write(writer, "secureVip", SecureVip);
            Write(writer, "securePort", SecurePort);
            Write(writer, "secure", IsSecureOn);
            Write(writer, "plainPort", PlainPort);
            Write(writer, "plainOff", IsPlainOff);
            Write(writer, "home", HomePageUrl);
            Write(writer, "status", StatusPageUrl);
            Write(writer, "health", HealthCheckUrl);
            Write(writer, "secureHealth", SecureHealthCheckUrl);
            Write(writer, "dc", DataCenter);
            if (!DataCenterMetadata.IsEmpty)
            {
                writer.WriteStartObject("dcMetadata"u8);
                foreach (var (key, value) in DataCenterMetadata)
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            Write(writer, "renewal", RenewalSeconds);
            Write(writer, "duration", DurationSeconds);
            Write(writer, "asg", AsgName);
            Write(writer, "appGroup", AppGroupName);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>What <see cref="ToJson"/> wrote. Annotations are other writers' too: what is not readable is as if nothing were kept.</summary>
    public static EurekaDetail Read(string? json)
    {
        if (json is null)
            return None;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : None;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return None;
        }
    }

    private static EurekaDetail Read(JsonElement kept) => new()
    {
        App = Text(kept, "app"),
        HostName = Text(kept, "host"),
        Vip = Text(kept, "vip"),
        SecureVip = Text(kept, "secureVip"),
        SecurePort = Number(kept, "securePort"),
        IsSecureOn = Flag(kept, "secure"),
        PlainPort = Number(kept, "plainPort"),
        IsPlainOff = Flag(kept, "plainOff"),
        HomePageUrl = Text(kept, "home"),
        StatusPageUrl = Text(kept, "status"),
        HealthCheckUrl = Text(kept, "health"),
        SecureHealthCheckUrl = Text(kept, "secureHealth"),
        DataCenter = Text(kept, "dc"),
        DataCenterMetadata = kept.TryGetProperty("dcMetadata", out var map) && map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject().Where(static one => one.Value.ValueKind == JsonValueKind.String)
                .DistinctBy(static one => one.Name, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(static one => one.Name, static one => one.Value.GetString()!, StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, string>.Empty,
        RenewalSeconds = Number(kept, "renewal"),
        DurationSeconds = Number(kept, "duration"),
        AsgName = Text(kept, "asg"),
        AppGroupName = Text(kept, "appGroup"),
    };

    // Only the authority is looked at: a path or query that holds the host's name is the client's own matter.
    private static string? OwnUrl(string? url, EurekaBody body)
    {
        if (url is null || url.IndexOf("://", StringComparison.Ordinal) is var mark && mark < 0)
            return url;
        foreach (var host in new[] { body.HostName, body.IpAddr, $"[{body.IpAddr}]" })
        {
            var rest = url.AsSpan(mark + 3);
            if (rest.StartsWith(host, StringComparison.OrdinalIgnoreCase) && rest[host.Length..] is [] or [':' or '/' or '?' or '#', ..])
                return $"{url.AsSpan(0, mark + 3)}{Host}{rest[host.Length..]}";
        }

        return url;
    }

    private static string? Text(JsonElement kept, string name) =>
        kept.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement kept, string name) =>
        kept.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static bool Flag(JsonElement kept, string name) => kept.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static void Write(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    private static void Write(Utf8JsonWriter writer, string name, int? value)
    {
        if (value is not null)
            writer.WriteNumber(name, value.Value);
    }

    private static void Write(Utf8JsonWriter writer, string name, bool value)
    {
        if (value)
            writer.WriteBoolean(name, true);
    }
}
