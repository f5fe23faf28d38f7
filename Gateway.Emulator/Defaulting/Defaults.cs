using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Defaulting;

/// <summary>Sets the defaults of the server and its standard admission plugins; fields that are given stay.</summary>
internal static class Defaults
{
    public static void Apply(ResourceKind kind, JsonObject content, ServiceAddresses addresses)
    {
        if (kind == ResourceKinds.Pods)
            PodDefaults.Apply(content);
        else if (kind == ResourceKinds.Services)
            ServiceDefaults.Apply(content, addresses);
        else if (kind == ResourceKinds.Namespaces)
            ApplyNamespace(content);
        else if (kind == ResourceKinds.Nodes)
            content.Default("spec", static () => new JsonObject());
        else if (kind == ResourceKinds.EndpointSlices)
            ApplySlice(content);
        else if (kind == ResourceKinds.Endpoints)
            ApplyEndpoints(content);
        else if (kind == ResourceKinds.RoleBindings || kind == ResourceKinds.ClusterRoleBindings)
            ApplyBinding(content);
    }

    private static void ApplyNamespace(JsonObject content)
    {
        var metadata = content["metadata"]!.AsObject();
        metadata.Child("labels")["kubernetes.io/metadata.name"] = (string?)metadata["name"];
        content.Child("spec").Default("finalizers", static () => new JsonArray("kubernetes"));
        content.Child("status").Default("phase", "Active");
    }

    private static void ApplySlice(JsonObject content)
    {
        // Lists without omitempty that are stored as protobuf: an empty list is read back as null.
        foreach (var name in (string[])["endpoints", "ports"])
        {
            if (content[name] is not JsonArray { Count: > 0 })
                content[name] = null;
        }
        foreach (var port in content.Items("ports"))
        {
            port.Default("name", "");
            port.Default("protocol", "TCP");
        }
    }

    private static void ApplyEndpoints(JsonObject content)
    {
        foreach (var port in content.Items("subsets").SelectMany(static subset => subset.Items("ports")))
            port.Default("protocol", "TCP");
    }

    private static void ApplyBinding(JsonObject content)
    {
        content.Child("roleRef").Default("apiGroup", "rbac.authorization.k8s.io");
        foreach (var subject in content.Items("subjects"))
        {
            if ((string?)subject["kind"] != "ServiceAccount")
                subject.Default("apiGroup", "rbac.authorization.k8s.io");
        }
    }
}
