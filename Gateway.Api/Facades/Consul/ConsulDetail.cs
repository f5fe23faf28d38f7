using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// What a registration keeps for Consul's clients beside its own members: tags in order, weights, checks. Stored as compact JSON of the pod's annotation,
/// so defaults are left out. What is stored is input: what cannot be read is as if nothing were kept. Immutable.
/// </summary>
internal sealed record ConsulDetail
{
    public static readonly ConsulDetail None = new();

    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>
    /// Under which member the tags are also in metadata, for readers of other protocols; it is not the client's own Meta. "": under none.
    /// </summary>
    public string TagsMember { get; init; } = "";

    public int Passing { get; init; } = 1;

    public int Warning { get; init; } = 1;

    public bool EnableTagOverride { get; init; }

    public ImmutableArray<ConsulCheck> Checks { get; init; } = [];

    /// <summary>Why it is under maintenance, by the client's word; "": not said.</summary>
    public string MaintenanceReason { get; init; } = "";

    /// <summary>The worst word of the checks that the client reports.</summary>
    public string Worst => Reported.Aggregate(ConsulStatus.Passing, static (worst, check) => ConsulStatus.Worse(worst, check.Status));

    /// <summary>The checks that only the client reports.</summary>
    public ImmutableArray<ConsulCheck> Reported => [.. Checks.Where(static check => check.IsReported)];

    /// <summary>Null: nothing is kept.</summary>
    public string? Write() => Equals(None) ? null : Encoding.UTF8.GetString(ConsulAnswer.Write(WriteTo));

    public bool Equals(ConsulDetail? other) =>
        other is not null && TagsMember == other.TagsMember && Passing == other.Passing && Warning == other.Warning
        && EnableTagOverride == other.EnableTagOverride && MaintenanceReason == other.MaintenanceReason
        && Tags.SequenceEqual(other.Tags) && Checks.SequenceEqual(other.Checks);

    public override int GetHashCode() => HashCode.Combine(Tags.Length, Checks.Length, Passing);

    /// <summary>With the word of each check at the check, also where the registration's state says it.</summary>
    /// <param name="record">As it is stored.</param>
    public static ConsulDetail Spread(RegistrationRecord record)
    {
        var detail = Of(record);
        return detail.Reported is not [var only] ? detail : ReasonOf(record) switch
        {
            ClientReasons.Critical => detail with { Checks = detail.Checks.Replace(only, only with { Status = ConsulStatus.Critical }) },
            ClientReasons.Warning => detail with { Checks = detail.Checks.Replace(only, only with { Status = ConsulStatus.Warning }) },
            _ => detail,
        };
    }

    /// <summary>As it is stored: where only one check is reported, the registration's state says its word.</summary>
    public ConsulDetail Gathered() =>
        Reported.Length == 1 ? this with { Checks = [.. Checks.Select(static check => check with { Status = ConsulStatus.Passing })] } : this;

    /// <summary>Why the pod's own client has it out of service; null: it has not.</summary>
    public static string? ReasonOf(RegistrationRecord record) => record.OutOfService == OutOfService.ByPod ? record.OutOfServiceReason : null;

    public static ConsulDetail Of(RegistrationRecord record) => Read(record.ClientOf(ConsulProtocol.Name)?.Detail);

    public static ConsulDetail Of(Instance instance) => Read(instance.ClientOf(ConsulProtocol.Name)?.Detail);

    public static ConsulDetail Read(string? stored)
    {
        if (stored is null)
            return None;
        try
        {
            using var document = JsonDocument.Parse(stored);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : None;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return None;
        }
    }

    private static ConsulDetail Read(JsonElement root)
    {
        var weights = root.TryGetProperty("w", out var pair) && pair.GetArrayLength() == 2 ? (pair[0].GetInt32(), pair[1].GetInt32()) : (1, 1);
        return new ConsulDetail
        {
            Tags = root.TryGetProperty("t", out var tags) ? [.. tags.EnumerateArray().Select(static tag => tag.GetString() ?? "")] : [],
            TagsMember = Text(root, "m"),
            Passing = weights.Item1,
            Warning = weights.Item2,
            EnableTagOverride = root.TryGetProperty("o", out _),
            MaintenanceReason = Text(root, "r"),
            Checks = root.TryGetProperty("c", out var checks) ? [.. checks.EnumerateArray().Select(ReadCheck)] : [],
        };
    }

    private static ConsulCheck ReadCheck(JsonElement root) => new()
    {
        Id = Text(root, "i"),
        Name = Text(root, "n"),
        Type = Text(root, "y") is { Length: > 0 } type ? type : ConsulCheck.Ttl,
        Notes = Text(root, "o"),
        Interval = Text(root, "p"),
        Timeout = Text(root, "t"),
        Status = Text(root, "s") is { Length: > 0 } status ? status : ConsulStatus.Passing,
    };

    private static string Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (!Tags.IsEmpty)
        {
            writer.WriteStartArray("t"u8);
            foreach (var tag in Tags)
                writer.WriteStringValue(tag);
            writer.WriteEndArray();
        }

        WriteText(writer, "m", TagsMember);
        if (Passing != 1 || Warning != 1)
        {
            writer.WriteStartArray("w"u8);
            writer.WriteNumberValue(Passing);
            writer.WriteNumberValue(Warning);
            writer.WriteEndArray();
        }

        if (EnableTagOverride)
            writer.WriteNumber("o"u8, 1);
        WriteText(writer, "r", MaintenanceReason);
        if (!Checks.IsEmpty)
        {
            writer.WriteStartArray("c"u8);
            foreach (var check in Checks)
                Write(writer, check);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ConsulCheck check)
    {
        writer.WriteStartObject();
        writer.WriteString("i"u8, check.Id);
        WriteText(writer, "n", check.Name);
        WriteText(writer, "y", check.Type == ConsulCheck.Ttl ? "" : check.Type);
        WriteText(writer, "o", check.Notes);
        WriteText(writer, "p", check.Interval);
        WriteText(writer, "t", check.Timeout);
        WriteText(writer, "s", check.Status == ConsulStatus.Passing ? "" : check.Status);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0)
            writer.WriteString(name, value);
    }
}

/// <summary>One check of a service, as its client registered it. A name of "" is Consul's default one.</summary>
internal sealed record ConsulCheck
{
    public const string Ttl = "ttl";

    public required string Id { get; init; }
    public string Name { get; init; } = "";

    /// <summary>ttl, http, tcp, udp, grpc, h2ping or alias.</summary>
    public string Type { get; init; } = Ttl;

    public string Notes { get; init; } = "";
    public string Interval { get; init; } = "";
    public string Timeout { get; init; } = "";

    /// <summary>
    /// As the client last said it. Where it reports only one check, the registration's own state says it, and this stays passing: a report is one write.
    /// </summary>
    public string Status { get; init; } = ConsulStatus.Passing;

    /// <summary>The client reports it; every other kind would be run by Consul, and here follows the pod's readiness.</summary>
    public bool IsReported => Type == Ttl;
}

/// <summary>The states of checks.</summary>
internal static class ConsulStatus
{
    public const string Passing = "passing";
    public const string Warning = "warning";
    public const string Critical = "critical";

    /// <summary>The worse of two.</summary>
    public static string Worse(string one, string other) =>
        one == Critical || other == Critical ? Critical : one == Warning || other == Warning ? Warning : Passing;

    public static bool IsStatus(string text) => text is Passing or Warning or Critical;

    /// <summary>What a registration's state says to the rest of the registry; null: up.</summary>
    public static ClientState? ToState(string status) => status switch
    {
        Critical => ClientState.Critical,
        Warning => ClientState.Warning,
        _ => null,
    };
}

internal static class ConsulProtocol
{
    /// <summary>The protocol of aliases.</summary>
    public const string Name = "consul";

    /// <summary>The member of metadata in which readers of other protocols find the tags, joined by commas.</summary>
    public const string TagsMember = "tags";

    /// <summary>The same where the client's own Meta has a member of that name.</summary>
    public const string OtherTagsMember = "consul-tags";
}
