using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance;

/// <summary>A pod as a test asks for it: what a workload would create, and the first status that the kubelet would post.</summary>
public sealed record PodShape(string Name)
{
    /// <summary>Its labels; without any it carries <c>app: orders</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string> { ["app"] = "orders" };

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The node it is bound to; null: the first of the test's own nodes; empty: none, nobody schedules it.</summary>
    public string? Node { get; init; }

    /// <summary>Its addresses; null: one that no other pod of the run has; empty: none yet.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public bool IsReady { get; init; } = true;

    public string Phase { get; init; } = "Running";

    /// <summary>The container's ports by name.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int> { ["http"] = 8080 };

    public IReadOnlyList<string> Containers { get; init; } = ["app"];

    /// <summary>More of its spec, as JSON laid over what is made of the rest.</summary>
    public string? Spec { get; init; }

    public JsonObject Manifest(string node)
    {
        JsonArray ports = [.. Ports.Select(static port => new JsonObject { ["name"] = port.Key, ["containerPort"] = port.Value, ["protocol"] = "TCP" })];
        JsonArray containers =
        [
            .. Containers.Select((name, index) =>
            {
                var container = new JsonObject { ["name"] = name, ["image"] = $"example.com/{name}:1" };
                if (index == 0)
                {
                    container["ports"] = ports;
                }

                return container;
            }),
        ];
        var spec = new JsonObject
        {
            // Nobody runs these pods: the test is their kubelet.
            ["schedulerName"] = "conformance",
            ["serviceAccountName"] = TestCluster.ServiceAccount,
            ["automountServiceAccountToken"] = false,
            ["terminationGracePeriodSeconds"] = 30,
            ["containers"] = containers,
        };
        if (node.Length > 0)
        {
            spec["nodeName"] = node;
        }

        var metadata = new JsonObject { ["name"] = Name, ["labels"] = Members(Labels) };
        if (Annotations is not null)
        {
            metadata["annotations"] = Members(Annotations);
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = spec.With(Spec is null ? null : JsonNode.Parse(Spec)),
        };
    }

    private static JsonObject Members(IReadOnlyDictionary<string, string> map)
    {
        var members = new JsonObject();
        foreach (var (key, value) in map)
        {
            members[key] = value;
        }

        return members;
    }
}
