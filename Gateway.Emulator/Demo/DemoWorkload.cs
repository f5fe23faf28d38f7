using System.Text.Json.Nodes;

namespace Gateway.Emulator.Demo;

/// <summary>
/// Pods as one ReplicaSet would make them, but with names and addresses that are the same at every start: <c>orders-2</c> is the second
/// pod, on the second node.
/// </summary>
internal sealed record DemoWorkload(string Namespace, string Name, int Replicas, int FirstHost)
{
    /// <summary>The ports of the main container, by port name.</summary>
    public IReadOnlyList<(string Name, int Port)> Ports { get; init; } = [("http", 8080)];

    /// <summary>A second ordinary container beside the main one.</summary>
    public string? Companion { get; init; }

    /// <summary>A native sidecar: an init container that keeps running.</summary>
    public string? Sidecar { get; init; }

    /// <summary>Each pod has its own DNS name under this headless Service.</summary>
    public bool IsHeadless { get; init; }

    /// <summary>The registration annotation of a pod, given the pod's address.</summary>
    public Func<string, DemoRegistration>? Registration { get; init; }

    public string PodName(int ordinal) => $"{Name}-{ordinal}";

    /// <summary>Pods are spread over the three nodes in turn.</summary>
    public int NodeOf(int ordinal) => ((ordinal - 1) % DemoNodes.Count) + 1;

    public string AddressOf(int ordinal) => $"10.244.{NodeOf(ordinal)}.{FirstHost + ordinal - 1}";

    public JsonObject Pod(int ordinal)
    {
        var labels = new JsonObject { ["app"] = Name, ["pod-template-hash"] = Hash };
        var annotations = new JsonObject { ["kubectl.kubernetes.io/default-container"] = "app" };
        if (Registration?.Invoke(AddressOf(ordinal)) is { } registration)
        {
            annotations[registration.AnnotationKey] = registration.AnnotationValue;
            if (registration.LabelKey is not null)
            {
                labels[registration.LabelKey] = registration.LabelValue;
            }
        }

        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = PodName(ordinal),
                ["namespace"] = Namespace,
                ["labels"] = labels,
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = "apps/v1",
                    ["kind"] = "ReplicaSet",
                    ["name"] = $"{Name}-{Hash}",
                    ["uid"] = OwnerUid,
                    ["controller"] = true,
                    ["blockOwnerDeletion"] = true,
                }),
            },
            ["spec"] = Spec(ordinal),
        };
    }

    // Derived from the name: the pods of one workload share it, those of another workload do not.
    private string Hash => Fingerprint()[..9];

    private string OwnerUid => new Guid(Convert.FromHexString(Fingerprint()[..32])).ToString();

    private string Fingerprint() =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{Namespace}/{Name}")));

    private JsonObject Spec(int ordinal)
    {
        var spec = new JsonObject();
        if (Sidecar is not null)
        {
            var sidecar = Container(Sidecar, "2", []);
            sidecar["restartPolicy"] = "Always";
            spec["initContainers"] = new JsonArray(sidecar);
        }

        var containers = new JsonArray(Container("app", "1", Ports));
        if (Companion is not null)
        {
            containers.Add(Container(Companion, "1", [(Companion, 9100)]));
        }

        spec["containers"] = containers;
        spec["serviceAccountName"] = Name;
        spec["nodeName"] = DemoNodes.NameOf(NodeOf(ordinal));
        if (IsHeadless)
        {
            spec["hostname"] = PodName(ordinal);
            spec["subdomain"] = Name;
        }

        return spec;
    }

    private JsonObject Container(string name, string tag, IReadOnlyList<(string Name, int Port)> ports)
    {
        var container = new JsonObject
        {
            ["name"] = name,
            ["image"] = name == "app" ? $"registry.example/{Name}:{tag}" : $"registry.example/{name}:{tag}",
        };
        if (ports.Count > 0)
        {
            container["ports"] = new JsonArray([.. ports.Select(static port => new JsonObject { ["name"] = port.Name, ["containerPort"] = port.Port, ["protocol"] = "TCP" })]);
            container["readinessProbe"] = new JsonObject
            {
                ["tcpSocket"] = new JsonObject { ["port"] = ports[0].Name },
                ["timeoutSeconds"] = 1,
                ["periodSeconds"] = 10,
                ["successThreshold"] = 1,
                ["failureThreshold"] = 3,
            };
        }

        container["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" },
            ["limits"] = new JsonObject { ["memory"] = "256Mi" },
        };
        return container;
    }
}
