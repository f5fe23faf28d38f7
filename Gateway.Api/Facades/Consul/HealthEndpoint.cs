using System.Text.Json;
using Gateway.Api.Facades.Consul.Filter;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Facades.Consul;

/// <summary>The reads below <c>/v1/health</c>. The answers that most clients ask for are made once a state of the service. Stateless.</summary>
internal sealed class HealthEndpoint(ConsulReads reads, FacadeAnswers answers)
{
    private static readonly byte[] Nothing = "[]"u8.ToArray();

    public Task OfServiceAsync(HttpContext context) => OfServiceAsync(context, ConsulRoutes.Text(context, "name"));

    public Task OfServiceAsync(HttpContext context, string name) =>
        name.Length == 0 ? MissingAsync(context) : reads.OfServiceAsync(context, name, read => EntriesOf(read, name));

    public Task ChecksAsync(HttpContext context)
    {
        var name = ConsulRoutes.Text(context, "name");
        return name.Length == 0 ? MissingAsync(context) : reads.OfServiceAsync(context, name, read => Checks(read, read.EntriesOf(name), static _ => true));
    }

    public Task StateAsync(HttpContext context)
    {
        var state = ConsulRoutes.Text(context, "state");
        if (state.Length == 0)
            return ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, "Missing check state");
        return reads.OfNamespaceAsync(context, read => Checks(read, read.All, check => state == "any" || check.Status == state));
    }

    public Task OfNodeAsync(HttpContext context)
    {
        var node = ConsulRoutes.Text(context, "node");
        return reads.OfNamespaceAsync(context, read => Checks(read, read.All.Where(entry => entry.Node.Name == node), static _ => true));
    }

    private byte[] EntriesOf(ConsulRead read, string name)
    {
        if (read.Query.IsElsewhere || read.View.Find(name) is not { } service)
        {
            // A filter that cannot be read is refused all the same.
            _ = read.Chosen([], ConsulFilters.Health);
            return Nothing;
        }

        if (!read.Query.IsPlain)
            return Write(service, read.Chosen(read.EntriesOf(service), ConsulFilters.Health).Where(entry => read.Query.Passing != true || entry.IsPassing));
        return read.Query.Passing == true
            ? answers.Get(service, "consul:health:passing", () => Write(service, read.EntriesOf(service).Where(static entry => entry.IsPassing)))
            : answers.Get(service, "consul:health", () => Write(service, read.EntriesOf(service)));
    }

    private static byte[] Write(ServiceSnapshot service, IEnumerable<ConsulEntry> entries)
    {
        var index = IndexOf(service);
        return ConsulAnswer.Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var entry in entries)
                ConsulJson.WriteHealth(writer, entry, index);
            writer.WriteEndArray();
        });
    }

    private static byte[] Checks(ConsulRead read, IEnumerable<ConsulEntry> entries, Func<ShownCheck, bool> isAsked)
    {
        var fits = read.Query.Filter.Length == 0 ? null : FilterParser<CheckOfEntry>.Read(read.Query.Filter, ConsulFilters.Check);
        return ConsulAnswer.Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var entry in entries.Where(entry => read.Query.NodeMeta.All(entry.Node.Has)))
            {
                foreach (var check in entry.Checks)
                {
                    if (isAsked(check) && fits?.Invoke(new CheckOfEntry(entry, check)) != false)
                        ConsulJson.WriteCheck(writer, entry, check, 1);
                }
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>The version at which the service last changed; what only readers of the JSON compare.</summary>
    internal static ulong IndexOf(ServiceSnapshot service) => Math.Max(1, ChangeIndex.Cut(service.ClientsRevision.Newest));

    private static Task MissingAsync(HttpContext context) => ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, "Missing service name");
}
