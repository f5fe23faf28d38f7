using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Authorization;

/// <summary>
/// The chart's ValidatingAdmissionPolicy for the gateway's account, rule by rule: of a pod it may change annotations with its own prefix
/// and those of the mirrors, its own label and the mirrors' labels, under its own field manager, and nothing else.
/// </summary>
internal sealed class PodPolicy(string account)
{
    private const string OwnPrefix = "registry-gateway.io/";
    private const string OwnLabel = "registry-gateway.io/registered";

    // Where more than ten managers have updated an object, the server moves the fields of the oldest to this one.
    private static readonly string[] Managers = ["registry-gateway", "ancient-changes"];

    private static readonly string[] MirrorAnnotations = ["dubbo.io/annotation", "app.io/annotation", "io.dubbo/metadata"];

    private static readonly Dictionary<string, string[]> LabelValues = new()
    {
        [OwnLabel] = ["true"],
        ["dubbo.io/label"] = ["dubbo.io-value", "dubbo.io.provider"],
        ["app.io/label"] = ["app.io-value"],
    };

    /// <summary>
    /// Throws a 403 for what the policy forbids; <paramref name="old"/> is null for a creation, <paramref name="next"/> for a deletion.
    /// </summary>
    public void Check(string user, string name, string ns, string subresource, JsonObject? old, JsonObject? next)
    {
        if (user == account && Violation(ns, subresource, old, next) is { } message)
        {
            throw ApiFailure.Forbidden(ResourceKinds.Pods, name,
                $"ValidatingAdmissionPolicy 'registry-gateway-pods' with binding 'registry-gateway-pods' denied request: {message}");
        }
    }

    private static string? Violation(string ns, string subresource, JsonObject? old, JsonObject? next)
    {
        if (old is null || next is null || subresource.Length > 0)
            return "the gateway may only patch pods";
        if (ns is "kube-system" or "kube-public" or "kube-node-lease")
            return "the gateway writes nothing in system namespaces";
        if (!JsonNode.DeepEquals(old["spec"], next["spec"]) || !JsonNode.DeepEquals(old["status"], next["status"]))
            return "the gateway may not change spec or status";
        var before = old["metadata"]!;
        var after = next["metadata"]!;
        if (!JsonNode.DeepEquals(before["finalizers"], after["finalizers"]) || !JsonNode.DeepEquals(before["ownerReferences"], after["ownerReferences"]))
            return "the gateway may not change finalizers or ownerReferences";
        if (!JsonNode.DeepEquals(before["generateName"], after["generateName"]))
            return "the gateway may not change generateName";
        if (before["managedFields"] is JsonArray { Count: > 0 } && after["managedFields"] is not JsonArray { Count: > 0 })
            return "the gateway may not remove all managedFields";
        if (!Entries(after).All(entry => Managers.Contains(entry.Manager) || Entries(before).Contains(entry)))
            return "the gateway may write only as field manager registry-gateway";
        if (!AllowsAnnotations(Map(before, "annotations"), Map(after, "annotations")))
            return "the gateway may change only annotations registry-gateway.io/* and the mirrors'";
        if (!AllowsLabels(Map(before, "labels"), Map(after, "labels")))
            return "the gateway may change only its own label and the mirrors'";
        return null;
    }

    private static bool AllowsAnnotations(Dictionary<string, string> old, Dictionary<string, string> next) =>
        next.All(pair => IsOwn(pair.Key) || (old.TryGetValue(pair.Key, out var value) && value == pair.Value))
        && old.Keys.All(key => IsOwn(key) || next.ContainsKey(key));

    private static bool AllowsLabels(Dictionary<string, string> old, Dictionary<string, string> next) =>
        next.All(pair => (old.TryGetValue(pair.Key, out var value) && value == pair.Value)
            || (LabelValues.TryGetValue(pair.Key, out var allowed) && allowed.Contains(pair.Value)))
        && old.All(pair => (next.TryGetValue(pair.Key, out var value) && value == pair.Value) || pair.Key == OwnLabel
            || (LabelValues.TryGetValue(pair.Key, out var values) && values.Contains(pair.Value)));

    private static IEnumerable<(string? Manager, string? Operation, string? Subresource)> Entries(JsonNode metadata) =>
        (metadata["managedFields"] as JsonArray ?? []).Select(static entry =>
            ((string?)entry!["manager"], (string?)entry["operation"], (string?)entry["subresource"]));

    private static bool IsOwn(string key) => key.StartsWith(OwnPrefix, StringComparison.Ordinal) || MirrorAnnotations.Contains(key);

    private static Dictionary<string, string> Map(JsonNode metadata, string name) =>
        (metadata[name] as JsonObject ?? []).ToDictionary(static pair => pair.Key, static pair => (string?)pair.Value ?? "");
}
