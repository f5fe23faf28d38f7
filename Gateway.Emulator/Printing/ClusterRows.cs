using System.Text.Json.Nodes;

namespace Gateway.Emulator.Printing;

/// <summary>The rows of nodes, namespaces, accounts, leases, events and RBAC objects.</summary>
internal static class ClusterRows
{
    public static readonly TableLayout Namespaces = new(
        [NameColumn, TableColumn.Text("Status"), AgeColumn],
        static (item, now) => [Name(item), (string?)item["status"]?["phase"], Age(item, now)]);

    public static readonly TableLayout Nodes = new(
        [
            NameColumn, TableColumn.Text("Status"), TableColumn.Text("Roles"), AgeColumn, TableColumn.Text("Version"),
            TableColumn.Text("Internal-IP", "", 1), TableColumn.Text("External-IP", "", 1), TableColumn.Text("OS-Image", "", 1),
            TableColumn.Text("Kernel-Version", "", 1), TableColumn.Text("Container-Runtime", "", 1),
        ],
        static (node, now) =>
        {
            var info = node["status"]?["nodeInfo"];
            return
            [
                Name(node), NodeStatus(node), Roles(node), Age(node, now), (string?)info?["kubeletVersion"] ?? "",
                Address(node, "InternalIP"), Address(node, "ExternalIP"), (string?)info?["osImage"] ?? "<unknown>",
                (string?)info?["kernelVersion"] ?? "<unknown>", (string?)info?["containerRuntimeVersion"] ?? "<unknown>",
            ];
        });

    public static readonly TableLayout ServiceAccounts = new(
        [NameColumn, TableColumn.Number("Secrets"), AgeColumn],
        static (item, now) => [Name(item), (item["secrets"] as JsonArray)?.Count ?? 0, Age(item, now)]);

    public static readonly TableLayout Leases = new(
        [NameColumn, TableColumn.Text("Holder"), AgeColumn],
        static (item, now) => [Name(item), (string?)item["spec"]?["holderIdentity"] ?? "", Age(item, now)]);

    public static readonly TableLayout Events = new(
        [TableColumn.Text("Last Seen"), TableColumn.Text("Type"), TableColumn.Text("Reason"), TableColumn.Text("Object"), TableColumn.Text("Message"), NameColumn with { Priority = 1 }],
        static (item, now) =>
        [
            HumanDuration.Since((string?)item["series"]?["lastObservedTime"] ?? (string?)item["eventTime"] ?? (string?)item["metadata"]!["creationTimestamp"], now),
            (string?)item["type"], (string?)item["reason"],
            $"{((string?)item["regarding"]?["kind"])?.ToLowerInvariant()}/{(string?)item["regarding"]?["name"]}", (string?)item["note"], Name(item),
        ]);

    public static readonly TableLayout Bindings = new(
        [NameColumn, TableColumn.Text("Role"), AgeColumn],
        static (item, now) => [Name(item), $"{(string?)item["roleRef"]?["kind"]}/{(string?)item["roleRef"]?["name"]}", Age(item, now)]);

    /// <summary>For kinds whose table shows only name and creation time.</summary>
    public static readonly TableLayout ByCreation = new(
        [NameColumn, new("Created At", "date", "", Descriptions.Age, 0)],
        static (item, _) => [Name(item), (string?)item["metadata"]!["creationTimestamp"]]);

    private static TableColumn NameColumn => new("Name", "string", "name", Descriptions.Name, 0);

    private static TableColumn AgeColumn => TableColumn.Text("Age", Descriptions.Age);

    private static string NodeStatus(JsonObject node)
    {
        var ready = (node["status"]?["conditions"] as JsonArray ?? []).FirstOrDefault(static one => (string?)one?["type"] == "Ready");
        var status = (string?)ready?["status"] switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return (bool?)node["spec"]?["unschedulable"] == true ? status + ",SchedulingDisabled" : status;
    }

    private static string Roles(JsonObject node)
    {
        const string Prefix = "node-role.kubernetes.io/";
        var roles = (node["metadata"]!["labels"] as JsonObject ?? []).Select(static pair => pair.Key)
            .Where(static key => key.StartsWith(Prefix, StringComparison.Ordinal)).Select(static key => key[Prefix.Length..]);
        return string.Join(',', roles) is { Length: > 0 } text ? text : "<none>";
    }

    private static string Address(JsonObject node, string type) =>
        (string?)(node["status"]?["addresses"] as JsonArray ?? []).FirstOrDefault(one => (string?)one?["type"] == type)?["address"] ?? "<none>";

    private static string? Name(JsonObject item) => (string?)item["metadata"]!["name"];

    private static string Age(JsonObject item, DateTimeOffset now) => HumanDuration.Since((string?)item["metadata"]!["creationTimestamp"], now);
}
