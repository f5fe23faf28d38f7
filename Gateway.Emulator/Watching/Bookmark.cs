using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Http;
using Gateway.Emulator.Printing;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>An empty object of the watched kind with a version, and with the members that Go writes even when they are empty.</summary>
internal static class Bookmark
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    public static JsonObject Of(ResourceKind kind, long version, ObjectView view, bool endsInitialEvents, DateTimeOffset now)
    {
        if (view == ObjectView.Table)
            return TablePrinter.PrintWithoutColumns(kind, [], version, now);
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (endsInitialEvents)
            metadata["annotations"] = new JsonObject { [InitialEventsEnd] = "true" };
        if (view == ObjectView.PartialMetadata)
            return new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata };
        var bookmark = new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata };
        foreach (var (name, value) in EmptyMembers(kind))
            bookmark[name] = value;
        return bookmark;
    }

    private static IEnumerable<(string Name, JsonNode? Value)> EmptyMembers(ResourceKind kind)
    {
        if (kind == ResourceKinds.Pods)
            return [("spec", new JsonObject { ["containers"] = null }), ("status", new JsonObject())];
        if (kind == ResourceKinds.Services)
            return [("spec", new JsonObject()), ("status", new JsonObject { ["loadBalancer"] = new JsonObject() })];
        if (kind == ResourceKinds.EndpointSlices)
            return [("addressType", ""), ("endpoints", null), ("ports", null)];
        if (kind == ResourceKinds.Namespaces || kind == ResourceKinds.Nodes)
            return [("spec", new JsonObject()), ("status", new JsonObject())];
        return kind == ResourceKinds.Leases ? [("spec", new JsonObject())] : [];
    }
}
