using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Api.Facades.Consul.Filter;
using Gateway.Core.Diagnostics;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// The reads below <c>/v1/agent</c>. "This agent's" services are those of the calling pod; a caller that is no pod sees all of the namespace. Stateless.
/// </summary>
internal sealed class AgentEndpoint(ConsulReads reads, ClientRegistrations registrations)
{
    public Task ServicesAsync(HttpContext context) => OwnAsync(context, static (read, entries) => ConsulAnswer.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var (key, entry) in Named(read.Chosen(entries, ConsulFilters.Agent)))
        {
            writer.WritePropertyName(key);
            ConsulJson.WriteAgentService(writer, entry);
        }

        writer.WriteEndObject();
    }));

    public Task ChecksAsync(HttpContext context) => OwnAsync(context, static (read, entries) =>
    {
        var fits = read.Query.Filter.Length == 0 ? null : FilterParser<CheckOfEntry>.Read(read.Query.Filter, ConsulFilters.Check);
        return ConsulAnswer.Write(writer =>
        {
            writer.WriteStartObject();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (key, entry) in Named(entries))
            {
                foreach (var check in entry.Checks)
                {
                    if (fits?.Invoke(new CheckOfEntry(entry, check)) == false)
                        continue;
                    writer.WritePropertyName(seen.Add(check.Id) ? check.Id : $"{check.Id}@{key}");
                    ConsulJson.WriteCheck(writer, entry, check, 1);
                }
            }

            writer.WriteEndObject();
        });
    });

    public async Task ServiceAsync(HttpContext context)
    {
        var id = ConsulRoutes.Text(context, "id");
        var (read, entries) = await EnterAsync(context);
        if (read is null)
            return;
        if (entries.FirstOrDefault(entry => entry.Id == id) is not { } found)
        {
            await ConsulAnswer.TextAsync(context, StatusCodes.Status404NotFound, $"unknown service ID: {Gateway.Core.Results.FaultText.Shortened(id)}");
            return;
        }

        var plain = ConsulAnswer.Write(writer => ConsulJson.WriteAgentService(writer, found));
        var hash = Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 8));
        context.Response.Headers["X-Consul-ContentHash"] = hash;
        await ConsulAnswer.WriteAsync(context, ConsulAnswer.Write(writer => ConsulJson.WriteAgentService(writer, found, hash)), read.Query.IsPretty);
    }

    /// <summary>Of one service by its id; as text with <c>format=text</c>.</summary>
    public async Task HealthByIdAsync(HttpContext context)
    {
        var id = ConsulRoutes.Text(context, "id");
        var (read, entries) = await EnterAsync(context);
        if (read is null)
            return;
        var found = entries.Concat(read.All).FirstOrDefault(entry => entry.Id == id);
        await HealthAsync(context, read, found is null ? [] : [found], $"ServiceId {Gateway.Core.Results.FaultText.Shortened(id)} not found", isOne: true);
    }

    public async Task HealthByNameAsync(HttpContext context)
    {
        var name = ConsulRoutes.Text(context, "name");
        var (read, _) = await EnterAsync(context);
        if (read is not null)
            await HealthAsync(context, read, [.. read.EntriesOf(name)], $"ServiceName {Gateway.Core.Results.FaultText.Shortened(name)} Not Found", isOne: false);
    }

    /// <summary>Prometheus reads the data centre's name here before anything else, and loops until it gets a string.</summary>
    public Task SelfAsync(HttpContext context)
    {
        ConsulAnswer.WriteHeaders(context.Response, 1);
        return ConsulAnswer.WriteAsync(context, ConsulAnswer.Write(static writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("Config"u8);
            writer.WriteString("Datacenter"u8, ConsulNode.Datacenter);
            writer.WriteString("PrimaryDatacenter"u8, ConsulNode.Datacenter);
            writer.WriteString("NodeName"u8, Name);
            writer.WriteString("NodeID"u8, NodeId);
            writer.WriteString("Revision"u8, ""u8);
            writer.WriteBoolean("Server"u8, true);
            writer.WriteString("Version"u8, Version);
            writer.WriteEndObject();
            writer.WriteStartObject("Coord"u8);
            writer.WriteEndObject();
            writer.WriteStartObject("Member"u8);
            writer.WriteString("Name"u8, Name);
            writer.WriteString("Addr"u8, "127.0.0.1"u8);
            writer.WriteNumber("Port"u8, 8301);
            writer.WriteStartObject("Tags"u8);
            writer.WriteString("dc"u8, ConsulNode.Datacenter);
            writer.WriteString("role"u8, "consul"u8);
            writer.WriteString("gateway"u8, BuildVersion.Text);
            writer.WriteEndObject();
            writer.WriteNumber("Status"u8, 1);
            writer.WriteEndObject();
            writer.WriteStartObject("Meta"u8);
            writer.WriteEndObject();
            writer.WriteStartObject("DebugConfig"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }), context.Request.Query.ContainsKey("pretty"));
    }

    private const string Name = "registry-gateway";
    private const string NodeId = "00000000-0000-0000-0000-000000000001";

    // Of the API that is spoken; clients compare it.
    private const string Version = "1.20.0";

    private static Task HealthAsync(HttpContext context, ConsulRead read, List<ConsulEntry> found, string unknown, bool isOne)
    {
        var worst = found.Aggregate(ConsulStatus.Passing, static (worst, entry) => ConsulStatus.Worse(worst, entry.Status));
        var status = found.Count == 0 ? StatusCodes.Status404NotFound : worst switch
        {
            ConsulStatus.Passing => StatusCodes.Status200OK,
            ConsulStatus.Warning => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (found.Count == 0)
            return ConsulAnswer.TextAsync(context, status, unknown);
        if (context.Request.Query["format"] == "text")
            return ConsulAnswer.TextAsync(context, status, worst);
        return ConsulAnswer.WriteAsync(context, ConsulAnswer.Write(writer =>
        {
            if (isOne)
            {
                Write(writer, found[0]);
                return;
            }

            writer.WriteStartArray();
            foreach (var entry in found)
                Write(writer, entry);
            writer.WriteEndArray();
        }), read.Query.IsPretty, status);
    }

    private static void Write(Utf8JsonWriter writer, ConsulEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("AggregatedStatus"u8, entry.Status);
        writer.WritePropertyName("Service"u8);
        ConsulJson.WriteAgentService(writer, entry);
        writer.WriteStartArray("Checks"u8);
        foreach (var check in entry.Checks)
            ConsulJson.WriteCheck(writer, entry, check, 1);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private async Task OwnAsync(HttpContext context, Func<ConsulRead, List<ConsulEntry>, byte[]> make)
    {
        var (read, entries) = await EnterAsync(context);
        if (read is null)
            return;
        if (ConsulReads.TryMake(read, one => make(one, entries), out var fault) is { } body)
            await ConsulAnswer.WriteAsync(context, body, read.Query.IsPretty);
        else
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, fault);
    }

    /// <summary>The read and its agent's entries; without a read it is refused, and answered.</summary>
    private async Task<(ConsulRead? Read, List<ConsulEntry> Entries)> EnterAsync(HttpContext context)
    {
        if (await reads.EnterAsync(context) is not { } read)
            return (null, []);
        ConsulAnswer.WriteHeaders(context.Response, read.State.Index.Number, read.View.Snapshot.IsStale);
        var own = await registrations.OwnAsync(read.Call, context.RequestAborted);
        if (own.IsRefused(out _))
            return (read, [.. read.All]);
        return (read, [.. own.Value.Where(static instance => !instance.IsOfApplication).Select(ConsulEntry.Of)]);
    }

    // An agent's ids are unique; those of a whole namespace may not be.
    private static IEnumerable<(string Key, ConsulEntry Entry)> Named(IEnumerable<ConsulEntry> entries)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
            yield return (seen.Add(entry.Id) ? entry.Id : $"{entry.Id}@{entry.Node.Name}", entry);
    }
}
