using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Tests.Hostile;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>
/// Objects as an API server could hold them, in JSON as Go writes it: empty plain members are left out, pointers may lead to something empty.
/// </summary>
internal sealed class RandomObjects(Random random)
{
    public JsonObject Of(string kind) => kind switch
    {
        "Pod" => Pod(),
        "Service" => Service(),
        "EndpointSlice" => Slice(),
        "Endpoints" => Endpoints(),
        _ => new JsonObject { ["metadata"] = Metadata(), ["spec"] = Node() },
    };

    private JsonObject Pod()
    {
        var spec = new JsonObject { ["containers"] = Many(1, 4, Container) };
        if (random.Once(2))
            spec["initContainers"] = Many(1, 3, () => With(Container(), "restartPolicy", random.Of("Always", null)));
        if (!random.Once(4))
            spec["nodeName"] = random.Of("n1", "n2", "knoten-ä");
        if (random.Once(4))
            spec["hostNetwork"] = true;
        if (random.Once(2))
            spec["serviceAccountName"] = random.Of("default", "orders");
        if (random.Once(3))
            spec["volumes"] = Many(1, 3, Volume);
        if (random.Once(3))
            spec["tolerations"] = Many(1, 3, () => new JsonObject { ["key"] = "k", ["operator"] = "Exists", ["tolerationSeconds"] = random.Next(-1, 300) });
        return new JsonObject { ["metadata"] = Metadata(), ["spec"] = spec, ["status"] = Status(spec) };
    }

    private JsonObject Status(JsonObject spec)
    {
        var status = new JsonObject();
        if (!random.Once(8))
            status["phase"] = random.Of("Pending", "Running", "Succeeded", "Failed", "Unknown", "New");
        if (!random.Once(3))
        {
            var addresses = Enumerable.Range(0, random.Next(0, 3)).Select(_ => Address()).ToList();
            if (addresses.Count > 0 || random.Once(2))
                status["podIP"] = addresses.FirstOrDefault() ?? Address();
            if (addresses.Count > 0)
                status["podIPs"] = new JsonArray([.. addresses.Select(static address => new JsonObject { ["ip"] = address })]);
        }

        if (random.Once(2))
            status["conditions"] = Many(1, 4, () => new JsonObject { ["type"] = random.Of("Ready", "Initialized", "x/y"), ["status"] = random.Of("True", "False", "Unknown"), ["lastProbeTime"] = null, ["lastTransitionTime"] = Time() });
        if (random.Once(2))
            status["containerStatuses"] = new JsonArray([.. spec["containers"]!.AsArray().Select(container => ContainerStatus((string)container!["name"]!))]);
        if (spec["initContainers"] is JsonArray inits && random.Once(2))
            status["initContainerStatuses"] = new JsonArray([.. inits.Select(container => ContainerStatus((string)container!["name"]!))]);
        return status;
    }

    private JsonObject ContainerStatus(string name)
    {
        var state = random.Next(5) switch
        {
            0 => new JsonObject { ["waiting"] = Optional(new(), "reason", random.Of("CrashLoopBackOff", "")) },
            1 => new JsonObject { ["running"] = new JsonObject { ["startedAt"] = random.Of(Time(), null) } },
            2 => new JsonObject { ["terminated"] = Optional(new() { ["exitCode"] = random.Next(-1, 256), ["startedAt"] = Time(), ["finishedAt"] = null }, "reason", random.Of("OOMKilled", "Error", "")) },
            _ => new JsonObject(),
        };
        var status = new JsonObject
        {
            ["name"] = name,
            ["state"] = state,
            ["lastState"] = new JsonObject(),
            ["ready"] = random.Once(2),
            ["restartCount"] = random.Of(0, 1, 300, int.MaxValue),
            ["image"] = "x",
            ["imageID"] = "",
        };
        return Optional(status, "containerID", random.Of("", "containerd://0123456789abcdef0123456789abcdef", "docker://short", "no-scheme", "cri-o://ABCDEF012345"));
    }

    private JsonObject Container() => new()
    {
        ["name"] = Word(),
        ["image"] = "registry/x:1",
        ["ports"] = Many(0, 2, () => new JsonObject { ["containerPort"] = random.Next(1, 65536), ["protocol"] = "TCP" }),
        ["resources"] = random.Once(2) ? new JsonObject() : new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "1Gi" } },
        ["env"] = Many(0, 3, () => new JsonObject { ["name"] = Word(), ["value"] = Text() }),
        ["livenessProbe"] = random.Once(2) ? new JsonObject { ["httpGet"] = new JsonObject { ["path"] = "/", ["port"] = IntOrString() }, ["periodSeconds"] = 10 } : null,
    };

    private JsonObject Volume() => random.Once(2)
        ? new JsonObject { ["name"] = Word(), ["emptyDir"] = new JsonObject() }
        : new JsonObject { ["name"] = Word(), ["configMap"] = new JsonObject { ["name"] = Word(), ["defaultMode"] = 420 } };

    private JsonObject Service()
    {
        var spec = new JsonObject { ["sessionAffinity"] = "None" };
        Optional(spec, "type", random.Of("", "ClusterIP", "NodePort", "ExternalName"));
        Optional(spec, "clusterIP", random.Of("", "None", "10.96.0.1", "fd00:96::1"));
        Optional(spec, "externalName", random.Of("", "", "example.org"));
        if (random.Once(2))
            spec["clusterIPs"] = new JsonArray("10.96.0.1", "fd00:96::1");
        if (random.Once(2))
            spec["ipFamilies"] = random.Once(2) ? new JsonArray("IPv4") : new JsonArray("IPv6", "IPv4");
        if (random.Once(2))
            spec["selector"] = Map(1, 4);
        if (random.Once(2))
            spec["publishNotReadyAddresses"] = true;
        if (random.Once(2))
            spec["internalTrafficPolicy"] = random.Of("Cluster", "Local");
        if (random.Once(3))
            spec["trafficDistribution"] = random.Of("PreferClose", "");
        if (!random.Once(4))
        {
            spec["ports"] = Many(1, 4, () =>
            {
                var port = new JsonObject { ["port"] = random.Next(0, 65536), ["targetPort"] = IntOrString() };
                Optional(port, "name", random.Of("", "http"));
                Optional(port, "protocol", random.Of("", "TCP", "UDP"));
                if (random.Once(3))
                    port["appProtocol"] = random.Of("", "h2c", "kubernetes.io/ws");
                return port;
            });
        }

        return new JsonObject { ["metadata"] = Metadata(), ["spec"] = spec, ["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() } };
    }

    private JsonObject Slice()
    {
        var slice = new JsonObject { ["metadata"] = Metadata(), ["addressType"] = random.Of("IPv4", "IPv6", "FQDN") };
        slice["endpoints"] = random.Once(6) ? null : Many(0, 5, () =>
        {
            var endpoint = new JsonObject { ["addresses"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => JsonValue.Create(Address()))]) };
            var conditions = new JsonObject();
            foreach (var name in (string[])["ready", "serving", "terminating"])
            {
                if (!random.Once(3))
                    conditions[name] = random.Once(2);
            }

            endpoint["conditions"] = conditions;
            if (random.Once(3))
                endpoint["hostname"] = random.Of("orders-0", "");
            if (random.Once(2))
                endpoint["targetRef"] = Reference();
            if (random.Once(2))
                endpoint["nodeName"] = random.Of("n1", "");
            if (random.Once(2))
                endpoint["zone"] = random.Of("z1", "");
            return endpoint;
        });
        slice["ports"] = random.Once(6) ? null : Many(0, 4, () =>
        {
            // Pointers: absent, and present but empty, are not the same.
            var port = new JsonObject();
            if (!random.Once(3))
                port["name"] = random.Of("", "http");
            if (!random.Once(3))
                port["port"] = random.Of(0, 80, 65535);
            if (!random.Once(3))
                port["protocol"] = random.Of("TCP", "SCTP");
            if (random.Once(3))
                port["appProtocol"] = random.Of("", "grpc");
            return port;
        });
        return slice;
    }

    private JsonObject Endpoints()
    {
        var endpoints = new JsonObject { ["metadata"] = Metadata() };
        if (!random.Once(4))
        {
            endpoints["subsets"] = Many(0, 3, () => new JsonObject
            {
                ["addresses"] = Many(0, 4, SubsetAddress),
                ["notReadyAddresses"] = Many(0, 3, SubsetAddress),
                ["ports"] = Many(0, 3, () =>
                {
                    var port = new JsonObject { ["port"] = random.Next(0, 65536) };
                    Optional(port, "name", random.Of("", "http"));
                    Optional(port, "protocol", random.Of("", "TCP"));
                    return port;
                }),
            });
        }

        return endpoints;
    }

    private JsonObject SubsetAddress()
    {
        var address = new JsonObject { ["ip"] = Address() };
        Optional(address, "hostname", random.Of("", "orders-1"));
        if (random.Once(2))
            address["nodeName"] = random.Of("n1", "");
        if (random.Once(2))
            address["targetRef"] = Reference();
        return address;
    }

    private JsonObject Node() => random.Once(2) ? new JsonObject() : new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };

    private JsonObject Reference()
    {
        var reference = new JsonObject();
        Optional(reference, "kind", random.Of("Pod", ""));
        Optional(reference, "namespace", random.Of("shop", ""));
        Optional(reference, "name", random.Of("orders-1", ""));
        return Optional(reference, "uid", random.Of(Guid.NewGuid().ToString(), ""));
    }

    private JsonObject Metadata()
    {
        var metadata = new JsonObject
        {
            ["name"] = Word(),
            ["uid"] = new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToString(),
            ["resourceVersion"] = random.NextInt64(1, long.MaxValue).ToString(CultureInfo.InvariantCulture),
            ["creationTimestamp"] = random.Of(Time(), null),
        };
        Optional(metadata, "namespace", random.Of("shop", "bücher", ""));
        if (random.Once(3))
            metadata["deletionTimestamp"] = Time();
        if (random.Once(4))
            metadata["generation"] = random.NextInt64();
        if (!random.Once(4))
            metadata["labels"] = Map(0, 8);
        if (!random.Once(4))
            metadata["annotations"] = Map(0, random.Once(20) ? 400 : 6);
        if (random.Once(2))
            metadata["managedFields"] = Many(1, 3, () => new JsonObject { ["manager"] = Word(), ["operation"] = "Update", ["time"] = Time(), ["fieldsType"] = "FieldsV1", ["fieldsV1"] = new JsonObject { ["f:" + Text()] = new JsonObject() } });
        return metadata;
    }

    private JsonObject Map(int least, int most)
    {
        // Go writes the keys of a map in their order, in either format.
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = random.Next(least, most + 1); i > 0; i--)
            entries[random.Of("app", "x/y", "registry-gateway.io/", "ключ", "k") + random.Next(1000)] = Text();
        return new([.. entries.Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))]);
    }

    private JsonNode IntOrString() => random.Once(2) ? random.Of(0, 8080, 65535) : random.Of("http", "80", "web-ü");

    private string Address() => random.Once(2) ? $"10.{random.Next(256)}.0.{random.Next(256)}" : $"fd00::{random.Next(1, 65536):x}";

    private string Text() => random.Of("", "orders", "ünï©ødé", "日本語", "\ud83d\ude80 rocket", "line\nbreak\ttab\"quote\\", "<&>", "\u0001", "{\"a\":[1]}", new string('x', random.Next(300)));

    private string Word() => random.Of("app", "log", "mesh", "orders-1", "a.b.c") + random.Next(100).ToString(CultureInfo.InvariantCulture);

    private string? Time() => DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(-62_000_000_000, 250_000_000_000)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private JsonArray Many(int least, int most, Func<JsonObject> make) => new([.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => make())]);

    private static JsonObject With(JsonObject parent, string name, string? value)
    {
        if (value is not null)
            parent[name] = value;
        return parent;
    }

    // A plain member: Go leaves it out of JSON when it is empty.
    private static JsonObject Optional(JsonObject parent, string name, string value) => With(parent, name, value.Length == 0 ? null : value);
}
