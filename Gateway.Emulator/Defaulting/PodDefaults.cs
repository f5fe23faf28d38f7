using System.Text.Json.Nodes;

namespace Gateway.Emulator.Defaulting;

/// <summary>The defaults of pods, their containers, probes and volumes, and of container statuses.</summary>
internal static class PodDefaults
{
    public static void Apply(JsonObject pod)
    {
        var spec = pod.Child("spec");
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")).Concat(spec.Items("ephemeralContainers")))
            ApplyContainer(container);
        foreach (var volume in spec.Items("volumes"))
            ApplyVolume(volume);
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("serviceAccountName", (string?)spec["serviceAccount"] ?? "default");
        spec["serviceAccount"] = (string?)spec["serviceAccountName"];
        spec.Default("securityContext", static () => new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        ApplyTolerations(spec);
        spec.Default("priority", 0);
        spec.Default("enableServiceLinks", JsonValue.Create(true));
        spec.Default("preemptionPolicy", "PreemptLowerPriority");

        var status = pod.Child("status");
        status.Default("phase", "Pending");
        status.Default("qosClass", QualityOfService.Of(spec));
        foreach (var condition in status.Items("conditions"))
        {
            condition.TryAdd("lastProbeTime", null);
            condition.TryAdd("lastTransitionTime", null);
        }
        foreach (var list in (string[])["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"])
        {
            foreach (var container in status.Items(list))
                ApplyStatus(container);
        }
    }

    private static void ApplyContainer(JsonObject container)
    {
        foreach (var port in container.Items("ports"))
            port.Default("protocol", "TCP");
        foreach (var source in container.Items("env").Select(static env => env["valueFrom"]?["fieldRef"]).OfType<JsonObject>())
            source.Default("apiVersion", "v1");
        var resources = container.Child("resources");
        if (resources["limits"] is JsonObject limits)
        {
            foreach (var (name, value) in limits)
                resources.Child("requests").Default(name, () => value!.DeepClone());
        }
        foreach (var name in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container[name] is JsonObject probe)
                ApplyProbe(probe);
        }
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("imagePullPolicy", IsLatest((string?)container["image"] ?? "") ? "Always" : "IfNotPresent");
    }

    private static void ApplyProbe(JsonObject probe)
    {
        if (probe["httpGet"] is JsonObject get)
        {
            get.Default("path", "/");
            get.Default("scheme", "HTTP");
        }
        if (probe["grpc"] is JsonObject grpc)
            grpc.Default("service", "");
        probe.Default("timeoutSeconds", 1);
        probe.Default("periodSeconds", 10);
        probe.Default("successThreshold", 1);
        probe.Default("failureThreshold", 3);
    }

    private static void ApplyVolume(JsonObject volume)
    {
        if (volume.Count == 1)
            volume["emptyDir"] = new JsonObject();
        foreach (var name in (string[])["configMap", "secret", "projected", "downwardAPI"])
        {
            if (volume[name] is JsonObject source)
                source.Default("defaultMode", 420);
        }
        if (volume["hostPath"] is JsonObject path)
            path.Default("type", "");
        foreach (var token in (volume["projected"] as JsonObject)?.Items("sources").Select(static one => one["serviceAccountToken"]).OfType<JsonObject>() ?? [])
            token.Default("expirationSeconds", 3600);
    }

    private static void ApplyTolerations(JsonObject spec)
    {
        spec.Default("tolerations", static () => new JsonArray());
        foreach (var key in (string[])["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"])
        {
            if (!spec.Items("tolerations").Any(one => (string?)one["key"] is var other && (other == key || string.IsNullOrEmpty(other))))
            {
                spec["tolerations"]!.AsArray().Add(new JsonObject
                {
                    ["key"] = key,
                    ["operator"] = "Exists",
                    ["effect"] = "NoExecute",
                    ["tolerationSeconds"] = 300,
                });
            }
        }
    }

    private static void ApplyStatus(JsonObject container)
    {
        container.Default("state", static () => new JsonObject());
        container.Default("lastState", static () => new JsonObject());
        container.Default("ready", JsonValue.Create(false));
        container.Default("restartCount", 0);
        container.Default("image", "");
        container.Default("imageID", "");
    }

    // The image has no tag or the tag "latest"; a digest pins the image.
    private static bool IsLatest(string image)
    {
        if (image.Contains('@'))
            return false;
        var name = image[(image.LastIndexOf('/') + 1)..];
        var at = name.IndexOf(':');
        return at < 0 || name[(at + 1)..] == "latest";
    }
}
