using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Printing;

/// <summary>Makes the Table that kubectl shows: columns and cells by kind, with each object's metadata in its row.</summary>
internal static class TablePrinter
{
    private static readonly Dictionary<ResourceKind, TableLayout> Layouts = new()
    {
        [ResourceKinds.Pods] = PodRow.Layout,
        [ResourceKinds.Services] = NetworkRows.Services,
        [ResourceKinds.Endpoints] = NetworkRows.Endpoints,
        [ResourceKinds.EndpointSlices] = NetworkRows.EndpointSlices,
        [ResourceKinds.Namespaces] = ClusterRows.Namespaces,
        [ResourceKinds.Nodes] = ClusterRows.Nodes,
        [ResourceKinds.ServiceAccounts] = ClusterRows.ServiceAccounts,
        [ResourceKinds.Leases] = ClusterRows.Leases,
        [ResourceKinds.Events] = ClusterRows.Events,
        [ResourceKinds.RoleBindings] = ClusterRows.Bindings,
        [ResourceKinds.ClusterRoleBindings] = ClusterRows.Bindings,
    };

    /// <summary>A table that includes its column definitions.</summary>
    public static JsonObject Print(ResourceKind kind, IEnumerable<StoredObject> items, long version, DateTimeOffset now, JsonObject? listMetadata = null)
    {
        var layout = LayoutOf(kind);
        var metadata = listMetadata ?? new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        return Frame(metadata, Columns(layout), Rows(layout, items, now));
    }

    /// <summary>The form of a watch's later events: the client has the column definitions from the first one.</summary>
    public static JsonObject PrintWithoutColumns(ResourceKind kind, IEnumerable<StoredObject> items, long version, DateTimeOffset now) =>
        Frame(new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) }, null, Rows(LayoutOf(kind), items, now));

    private static JsonObject Frame(JsonObject metadata, JsonArray? columns, JsonArray rows) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = metadata,
        ["columnDefinitions"] = columns,
        ["rows"] = rows,
    };

    private static TableLayout LayoutOf(ResourceKind kind) => Layouts.GetValueOrDefault(kind, ClusterRows.ByCreation);

    private static JsonArray Columns(TableLayout layout) => new([.. layout.Columns.Select(static column => new JsonObject
    {
        ["name"] = column.Name, ["type"] = column.Type, ["format"] = column.Format, ["description"] = column.Description, ["priority"] = column.Priority,
    })]);

    private static JsonArray Rows(TableLayout layout, IEnumerable<StoredObject> items, DateTimeOffset now) => new([.. items.Select(item => new JsonObject
    {
        ["cells"] = new JsonArray(layout.Cells(item.Content, now)),
        ["object"] = JsonNode.Parse(PartialMetadata.Of(item)),
    })]);
}
