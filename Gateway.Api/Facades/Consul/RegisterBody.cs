using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// The body of a service's or a check's registration. As in Consul, keys are taken in any case and with underscores, unknown ones are ignored, and
/// durations are Go's. Immutable.
/// </summary>
internal sealed record RegisterBody
{
    public const int MaxChecks = 32;
    public const int MaxTags = 512;

    public string Id { get; private init; } = "";
    public string Name { get; private init; } = "";
    public ImmutableArray<string> Tags { get; private init; } = [];
    public string Address { get; private init; } = "";
    public int Port { get; private init; }
    public ImmutableSortedDictionary<string, string> Meta { get; private init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    public bool EnableTagOverride { get; private init; }
    public int Passing { get; private init; } = 1;
    public int Warning { get; private init; } = 1;
    public ImmutableArray<CheckBody> Checks { get; private init; } = [];

    /// <summary>Throws <see cref="BodyFault"/>, whose message is the body of a 400.</summary>
    public static RegisterBody Read(JsonElement root)
    {
        var members = BodyMembers.Of(root, "service");
        var name = members.Text("name");
        if (name.Length == 0)
            throw new BodyFault("Missing service name");
        var kind = members.Text("kind");
        if (kind is not ("" or "typical"))
            throw new BodyFault($"Invalid service kind: {kind} (only services themselves are registered here, no proxies and gateways)");
        var id = members.Text("id") is { Length: > 0 } said ? said : name;
        var weights = members.Object("weights");
        var (passing, warning) = weights is null ? (1, 1) : (weights.Number("passing", 1), weights.Number("warning", 1));
        if (passing < 1 || warning < 0)
            throw new BodyFault($"Invalid Weights: {(passing < 1 ? "Passing must be greater than 0" : "Warning must be greater or equal than 0")}");
        if (passing > ushort.MaxValue || warning > ushort.MaxValue)
            throw new BodyFault($"Invalid Weights: a weight is at most {ushort.MaxValue}");
        var tags = members.Texts("tags");
        if (tags.Length > MaxTags)
            throw new BodyFault($"Invalid tags: there are more than {MaxTags}");
        return new RegisterBody
        {
            Id = id,
            Name = name,
            Tags = tags,
            Address = members.Text("address"),
            Port = members.Number("port", 0),
            Meta = members.Map("meta"),
            EnableTagOverride = members.Flag("enabletagoverride"),
            Passing = passing,
            Warning = warning,
            Checks = ChecksOf(members, id),
        };
    }

    private static ImmutableArray<CheckBody> ChecksOf(BodyMembers members, string id)
    {
        List<BodyMembers> said = [.. members.Objects("checks")];
        if (said.Count > MaxChecks)
            throw new BodyFault($"Invalid check: there are more than {MaxChecks}");
        if (members.Object("check") is { IsEmpty: false } one)
            said.Insert(0, one);
        var checks = ImmutableArray.CreateBuilder<CheckBody>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < said.Count; i++)
        {
            // Consul numbers them where there are several.
            var check = CheckBody.Read(said[i], said.Count == 1 ? $"service:{id}" : $"service:{id}:{i + 1}");
            if (!seen.Add(check.Check.Id))
                throw new BodyFault($"Invalid check: two checks have the id \"{check.Check.Id}\"");
            checks.Add(check);
        }

        return checks.ToImmutable();
    }
}

/// <summary>The members of one JSON object by their names in lower case without underscores; a repeated one is the last.</summary>
internal sealed class BodyMembers
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly string _path;

    private BodyMembers(JsonElement root, string path)
    {
        _path = path;
        foreach (var member in root.EnumerateObject())
            _members[member.Name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant()] = member.Value;
    }

    public bool IsEmpty => _members.Count == 0;

    public static BodyMembers Of(JsonElement root, string path) =>
        root.ValueKind == JsonValueKind.Object ? new BodyMembers(root, path) : throw new BodyFault($"Request decode failed: {path} must be an object");

    /// <summary>Said and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    public string Text(string name) => Find(name) is not { } value ? ""
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "a string");

    public int Number(string name, int unset)
    {
        if (Find(name) is not { } value)
            return unset;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || number != Math.Floor(number))
            throw Wrong(name, "a whole number");
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : throw Wrong(name, "in the range of an int");
    }

    public bool Flag(string name) => Find(name) is { } value && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A duration as Go writes it, or its nanoseconds; zero where it is unset.</summary>
    public TimeSpan Duration(string name)
    {
        if (Find(name) is not { } value)
            return TimeSpan.Zero;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var nanoseconds) && nanoseconds >= 0)
            return TimeSpan.FromTicks(nanoseconds / 100);
        if (value.ValueKind != JsonValueKind.String)
            throw Wrong(name, "a duration, for example \"10s\"");
        var text = value.GetString()!;
        return text.Length == 0 ? TimeSpan.Zero
            : ConsulQuery.TryReadDuration(text, out var duration) ? duration
            : throw new BodyFault($"Request decode failed: time: invalid duration \"{Gateway.Core.Results.FaultText.Shortened(text)}\"");
    }

    public ImmutableArray<string> Texts(string name)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.String))
            throw Wrong(name, "an array of strings");
        return [.. value.EnumerateArray().Select(static item => item.GetString()!)];
    }

    public ImmutableSortedDictionary<string, string> Map(string name)
    {
        var map = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (Find(name) is not { } value)
            return map.ToImmutable();
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any(static item => item.Value.ValueKind != JsonValueKind.String))
            throw Wrong(name, "an object of strings");
        foreach (var item in value.EnumerateObject())
            map[item.Name] = item.Value.GetString()!;
        return map.ToImmutable();
    }

    public BodyMembers? Object(string name) => Find(name) is { } value ? Of(value, _path + "." + name) : null;

    public IEnumerable<BodyMembers> Objects(string name)
    {
        if (Find(name) is not { } value)
            return [];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => Of(item, _path + "." + name))] : throw Wrong(name, "an array");
    }

    private JsonElement? Find(string name) => _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private BodyFault Wrong(string name, string expected) => new($"Request decode failed: {_path}.{name} must be {expected}");
}

/// <summary>A body that is refused; the message is Consul's text.</summary>
internal sealed class BodyFault(string message) : Exception(message);
