using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Facades.Consul;

/// <summary>The reads below <c>/v1/catalog</c>: the same services and instances as below health, in the same order. Owns the lists of names.</summary>
internal sealed class CatalogEndpoint
{
    private static readonly byte[] Nothing = "[]"u8.ToArray();
    private static readonly byte[] NoServices = "{}"u8.ToArray();

    private readonly ConsulReads _reads;
    private readonly FacadeAnswers _answers;
    private readonly ListChanges _names;

    public CatalogEndpoint(ConsulReads reads, FacadeAnswers answers, FacadeReader reader, RegistryState state, NamespaceChanges changes, TimeProvider time)
    {
        (_reads, _answers) = (reads, answers);
        _names = new ListChanges(state, changes, time, NoServices, (snapshot, ns) => WriteNames(reader.View(snapshot, ns)));
    }

    /// <summary>The names of all services with the union of their tags. It has an index of its own, which rises with a name or a tag alone.</summary>
    public Task ServicesAsync(HttpContext context) =>
        context.Request.Query is { Count: > 0 } query && (query.ContainsKey("filter") || query.ContainsKey("node-meta"))
            ? _reads.OfNamespaceAsync(context, static read => WriteNames(read.Chosen(read.All, ConsulFilters.Catalog)))
            : _reads.RunAsync(context, _names.In, read => read.Query.IsElsewhere ? NoServices : _names.BytesOf(read.Call.Namespace));

    public Task OfServiceAsync(HttpContext context) => OfServiceAsync(context, ConsulRoutes.Text(context, "name"));

    public Task OfServiceAsync(HttpContext context, string name) => name.Length == 0
        ? ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, "Missing service name")
        : _reads.OfServiceAsync(context, name, read => EntriesOf(read, name));

    /// <summary>There are no agents, and so no nodes to list; a node of its own is that of a service's entry.</summary>
    public Task NodesAsync(HttpContext context) => _reads.OfNamespaceAsync(context, static _ => Nothing);

    /// <summary>The services of one pod.</summary>
    public Task OfNodeAsync(HttpContext context)
    {
        var name = ConsulRoutes.Text(context, "node");
        return _reads.OfNamespaceAsync(context, read =>
        {
            var entries = read.All.Where(entry => entry.Node.Name == name).ToList();
            return entries.Count == 0 ? "null"u8.ToArray() : ConsulAnswer.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartObject("Node"u8);
                ConsulJson.WriteNode(writer, entries[0].Node, "Meta", 1);
                writer.WriteEndObject();
                writer.WriteStartObject("Services"u8);
                foreach (var entry in entries.DistinctBy(static entry => entry.Id))
                {
                    writer.WritePropertyName(entry.Id);
                    ConsulJson.WriteAgentService(writer, entry);
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            });
        });
    }

    private byte[] EntriesOf(ConsulRead read, string name)
    {
        if (read.Query.IsElsewhere || read.View.Find(name) is not { } service)
        {
            _ = read.Chosen([], ConsulFilters.Catalog);
            return Nothing;
        }

        return read.Query.IsPlain
            ? _answers.Get(service, "consul:catalog", () => Write(service, read.EntriesOf(service)))
            : Write(service, read.Chosen(read.EntriesOf(service), ConsulFilters.Catalog));
    }

    private static byte[] Write(ServiceSnapshot service, IEnumerable<ConsulEntry> entries)
    {
        var index = HealthEndpoint.IndexOf(service);
        return ConsulAnswer.Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var entry in entries)
                ConsulJson.WriteCatalog(writer, entry, index);
            writer.WriteEndArray();
        });
    }

    private static byte[] WriteNames(FacadeView view) =>
        WriteNames(view.Services.SelectMany(service => view.InstancesOf(service).Select(ConsulEntry.Of)));

    private static byte[] WriteNames(IEnumerable<ConsulEntry> entries)
    {
        var tags = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (!tags.TryGetValue(entry.Service, out var known))
                tags[entry.Service] = known = new(StringComparer.Ordinal);
            known.UnionWith(entry.Tags);
        }

        return ConsulAnswer.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var (name, known) in tags)
                ConsulJson.WriteTexts(writer, name, known);
            writer.WriteEndObject();
        });
    }
}
