using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// Reads a MetadataInfo as Dubbo Java 3 writes it: <c>{"app", "revision", "services": {"group/interface:version:protocol": {"name", "group",
/// "version", "protocol", "port", "path", "params"}}}</c>. Members that it does not know are left as they are.
/// </summary>
public static class MetadataInfoReader
{
    private const string Wrong = "invalid-value";
    private const string WrongType = "wrong-type";

    /// <summary>The most services that a stored MetadataInfo may have.</summary>
    public const int MaxServices = 2_000;

    /// <summary>How many services a MetadataInfo names.</summary>
    public static int CountServices(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("services", out var map) && map.ValueKind == JsonValueKind.Object ? map.GetPropertyCount() : 0;

    /// <summary>Null with every fault, or the first hundred, when <paramref name="root"/> is no MetadataInfo of that application and revision.</summary>
    public static ApplicationMetadata? Read(JsonElement root, ReadOnlyMemory<byte> bytes, string application, string revision, out ImmutableArray<Fault> faults)
    {
        var found = ImmutableArray.CreateBuilder<Fault>();
        var services = ImmutableArray.CreateBuilder<ProvidedService>();
        if (root.ValueKind != JsonValueKind.Object)
        {
            found.Add(new Fault("", null, WrongType, "A MetadataInfo is a JSON object."));
        }
        else
        {
            CheckName(root, "app", application, found);
            CheckName(root, "revision", revision, found);
            if (root.TryGetProperty("services", out var map) && map.ValueKind == JsonValueKind.Object)
                ReadServices(map, services, found);
            else if (map.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
                found.Add(new Fault("/services", null, WrongType, "'services' has to be an object."));
        }

        faults = found.ToImmutable();
        return faults.IsEmpty ? new ApplicationMetadata(revision, bytes, services.ToImmutable()) : null;
    }

    private static void CheckName(JsonElement root, string member, string expected, ImmutableArray<Fault>.Builder faults)
    {
        if (root.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null
            && (value.ValueKind != JsonValueKind.String || value.GetString() != expected))
            faults.Add(new Fault("/" + member, null, Wrong, $"'{member}' is not the one that the path names: {expected}."));
    }

    private static void ReadServices(JsonElement map, ImmutableArray<ProvidedService>.Builder services, ImmutableArray<Fault>.Builder faults)
    {
        var count = 0;
        foreach (var entry in map.EnumerateObject())
        {
            if (faults.Count >= Refusal.MaxFaults)
                return;
            if (++count > MaxServices)
            {
                faults.Add(new Fault("/services", null, Wrong, $"A MetadataInfo has at most {MaxServices} services."));
                return;
            }

            var pointer = $"/services/{FaultText.Shortened(entry.Name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (entry.Value.ValueKind != JsonValueKind.Object)
                faults.Add(new Fault(pointer, null, WrongType, "A service is an object of name, group, version, protocol, port, path and params."));
            else if (ReadService(entry.Value) is { } service)
                services.Add(service);
            else
                faults.Add(new Fault(pointer, null, Wrong, "A service has a 'name' of 1 to 253 of A-Za-z0-9._:$-, and texts of those letters as group and version."));
        }
    }

    private static ProvidedService? ReadService(JsonElement entry)
    {
        var service = new ProvidedService(
            Text(entry, "name"), Text(entry, "group"), Text(entry, "version"), Text(entry, "protocol"), Port(entry), Text(entry, "path").TrimStart('/'), Parameters(entry));
        return RegistrationRules.IsName(service.Name) && RegistrationRules.IsQualifier(service.Group) && RegistrationRules.IsQualifier(service.Version)
            && (service.Protocol.Length == 0 || RegistrationRules.IsForeignProtocol(service.Protocol)) ? service : null;
    }

    private static string Text(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    // Dubbo writes -1 where a protocol has no port of its own.
    private static int Port(JsonElement entry) =>
        entry.TryGetProperty("port", out var value) && WholeNumber.TryRead(value, out var port) && RegistrationRules.IsPort(port)
            ? port
            : 0;

    private static ImmutableSortedDictionary<string, string> Parameters(JsonElement entry)
    {
        var parameters = RegistrationRecord.NoMetadata.ToBuilder();
        if (!entry.TryGetProperty("params", out var map) || map.ValueKind != JsonValueKind.Object)
            return RegistrationRecord.NoMetadata;
        foreach (var parameter in map.EnumerateObject())
        {
            if (parameter.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                parameters[parameter.Name] = string.Create(CultureInfo.InvariantCulture, $"{parameter.Value}");
        }

        return parameters.ToImmutable();
    }
}

/// <summary>
/// A MetadataInfo of Dubbo Java: what the instances of one revision of an application provide. <paramref name="Bytes"/> is the document as it
/// was put, and as it is given back.
/// </summary>
public sealed record ApplicationMetadata(string Revision, ReadOnlyMemory<byte> Bytes, ImmutableArray<ProvidedService> Services)
{
    /// <summary>The uid of the pod that said it last; null: unknown.</summary>
    public string? Publisher { get; init; }

    /// <summary>What was said later has a higher one, on this replica.</summary>
    internal long Turn { get; init; }

    // Made by the first reader.
    private readonly Lazy<ILookup<string, ProvidedService>> _byName = new(
        () => Services.ToLookup(static service => service.Name, StringComparer.Ordinal), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The entries of that interface (one for each group, version and protocol), in their order.</summary>
    public IEnumerable<ProvidedService> OfInterface(string name) => _byName.Value[name];

    /// <summary>Whether both say the same; the order of members does not matter, since two pods of a revision may write it differently.</summary>
    public bool IsEqual(ApplicationMetadata other)
    {
        if (Bytes.Span.SequenceEqual(other.Bytes.Span))
            return true;
        using var one = JsonDocument.Parse(Bytes);
        using var two = JsonDocument.Parse(other.Bytes);
        return JsonElement.DeepEquals(one.RootElement, two.RootElement);
    }
}

/// <summary>
/// One entry of a MetadataInfo: a service that every instance of that revision provides. Group, version, protocol and path are "" and the
/// port 0 where it does not say.
/// </summary>
public sealed record ProvidedService(
    string Name, string Group, string Version, string Protocol, int Port, string Path, ImmutableSortedDictionary<string, string> Parameters);
