using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks.Cluster;

/// <summary>
/// What an ordinary pod of a cluster looks like: an application container and four sidecars with probes, resources and environment, volumes,
/// tolerations, conditions with those of readiness gates, managed fields: 13.4 KB as JSON, 4.2 KB as protobuf, within 3 %.
/// </summary>
internal static class OrdinaryPod
{
    private static readonly Instant Created = new(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));

    /// <summary>ObjectMeta without annotations.</summary>
    public static Message Metadata(string pod, string uid, string service, string version) => new Message()
        .Add(1, "name", $"pod-{pod}")
        .Add(2, "generateName", $"{service}-5d8f7c9b6d-")
        .Add(3, "namespace", "shop")
        .Add(5, "uid", uid)
        .Add(6, "resourceVersion", version)
        .Add(7, "generation", 1)
        .Add(8, "creationTimestamp", Created)
        .Add(11, "labels", Map(("app", service), ("app.kubernetes.io/name", service), ("pod-template-hash", "5d8f7c9b6d")))
        .Add(13, "ownerReferences", new object[]
        {
            new Message().Add(5, "apiVersion", "apps/v1").Add(1, "kind", "ReplicaSet").Add(3, "name", $"{service}-5d8f7c9b6d")
                .Add(4, "uid", "6f7a1b2c-3d4e-4f50-8a1b-2c3d4e5f6071").Add(6, "controller", true).Add(7, "blockOwnerDeletion", true),
        })
        .Add(17, "managedFields", new object[]
        {
            new Message().Add(1, "manager", "kubelet").Add(2, "operation", "Update").Add(3, "apiVersion", "v1").Add(4, "time", Created)
                .Add(6, "fieldsType", "FieldsV1").Add(7, "fieldsV1", new RawJson("""{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{}}},"f:phase":{},"f:podIP":{}}}"""))
                .Add(8, "subresource", "status"),
        });

    /// <summary>Spec and status, the fields 2 and 3 of a pod.</summary>
    public static Message Rest(string service, string address, string pod, bool isReady)
    {
        string[] names = ["app", "proxy", "logs", "agent", "sync"];
        return new Message()
            .Add(2, "spec", new Message()
                .Add(1, "volumes", Volumes())
                .Add(2, "containers", names.Select(static (name, i) => (object)Container(name, 8080 + i)).ToArray())
                .Add(3, "restartPolicy", "Always")
                .Add(4, "terminationGracePeriodSeconds", 30)
                .Add(6, "dnsPolicy", "ClusterFirst")
                .Add(8, "serviceAccountName", "default")
                .Add(9, "serviceAccount", "default")
                .Add(10, "nodeName", "node-01")
                .Add(14, "securityContext", new Message().Add(2, "runAsUser", 1654).Add(3, "runAsNonRoot", true).Add(5, "fsGroup", 1654))
                .Add(19, "schedulerName", "default-scheduler")
                .Add(22, "tolerations", new object[] { Toleration("not-ready"), Toleration("unreachable") })
                .Add(25, "priority", 0)
                .Add(30, "enableServiceLinks", true)
                .Add(31, "preemptionPolicy", "PreemptLowerPriority"))
            .Add(3, "status", new Message()
                .Add(1, "phase", "Running")
                .Add(2, "conditions", Conditions(isReady))
                .Add(5, "hostIP", "192.168.10.21")
                .Add(16, "hostIPs", new object[] { new Message().Add(1, "ip", "192.168.10.21") })
                .Add(6, "podIP", address)
                .Add(12, "podIPs", new object[] { new Message().Add(1, "ip", address) })
                .Add(7, "startTime", Created)
                .Add(8, "containerStatuses", names.Select(name => (object)Status(name, pod, isReady)).ToArray())
                .Add(9, "qosClass", "Burstable"));
    }

    public static KeyValuePair<string, object>[] Map(params (string Key, object Value)[] pairs) =>
        [.. pairs.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value))];

    private static Message Container(string name, int port) => new Message()
        .Add(1, "name", name)
        .Add(2, "image", $"example.com/{name}:1.24.3")
        .Add(6, "ports", new object[]
        {
            new Message().Add(1, "name", "http").Add(3, "containerPort", port).Add(4, "protocol", "TCP"),
            new Message().Add(1, "name", "admin").Add(3, "containerPort", port + 1000).Add(4, "protocol", "TCP"),
            new Message().Add(1, "name", "grpc").Add(3, "containerPort", port + 1100).Add(4, "protocol", "TCP"),
            new Message().Add(1, "name", "stats").Add(3, "containerPort", port + 1200).Add(4, "protocol", "TCP"),
        })
        .Add(7, "env", new object[]
        {
            FromField("POD_NAME", "metadata.name"),
        })
        .Add(8, "resources", new Message()
            .Add(1, "limits", Map(("cpu", new Quantity("1")), ("memory", new Quantity("512Mi"))))
            .Add(2, "requests", Map(("cpu", new Quantity("100m")), ("memory", new Quantity("256Mi")))))
        .Add(9, "volumeMounts", new object[]
        {
            new Message().Add(1, "name", "tmp").Add(3, "mountPath", "/tmp"),
        })
        .Add(10, "livenessProbe", Probe("/live", port))
        .Add(11, "readinessProbe", Probe("/ready", port))
        .Add(22, "startupProbe", Probe("/started", port))
        .Add(12, "lifecycle", new Message()
            .Add(1, "postStart", Handler("/begin", port))
            .Add(2, "preStop", Handler("/end", port)))
        .Add(20, "terminationMessagePolicy", "File")
        .Add(14, "imagePullPolicy", "IfNotPresent")
        .Add(15, "securityContext", new Message()
            .Add(1, "capabilities", new Message().Add(2, "drop", new object[] { "ALL" }))
            .Add(2, "privileged", false).Add(4, "runAsUser", 1654).Add(8, "runAsGroup", 1654).Add(5, "runAsNonRoot", true).Add(6, "readOnlyRootFilesystem", true).Add(7, "allowPrivilegeEscalation", false))
        .Add(16, "stdin", false).Add(17, "stdinOnce", false).Add(18, "tty", false);

    private static Message FromField(string name, string path) => new Message().Add(1, "name", name)
        .Add(3, "valueFrom", new Message().Add(1, "fieldRef", new Message().Add(1, "apiVersion", "v1").Add(2, "fieldPath", path)));

    private static Message Probe(string path, int port) => new Message()
        .Add(1, "", Handler(path, port))
        .Add(2, "initialDelaySeconds", 5).Add(3, "timeoutSeconds", 1).Add(4, "periodSeconds", 10).Add(5, "successThreshold", 1).Add(6, "failureThreshold", 3)
        .Add(7, "terminationGracePeriodSeconds", 20);

    private static Message Handler(string path, int port) =>
        new Message().Add(2, "httpGet", new Message().Add(1, "path", path).Add(2, "port", new TargetPort(port)).Add(4, "scheme", "HTTP"));

    private static Message Toleration(string key) => new Message()
        .Add(1, "key", $"node.kubernetes.io/{key}").Add(2, "operator", "Exists").Add(4, "effect", "NoExecute").Add(5, "tolerationSeconds", 300);

    private static object[] Conditions(bool isReady) =>
    [
        Condition("PodReadyToStartContainers", true), Condition("Initialized", true), Condition("Ready", isReady), Condition("ContainersReady", isReady),
        Condition("PodScheduled", true), .. Enumerable.Range(1, 7).Select(static gate => Condition($"gate-{gate}", true)),
    ];

    private static Message Condition(string type, bool isTrue) => new Message()
        .Add(1, "type", type).Add(2, "status", isTrue ? "True" : "False").Add(3, "lastProbeTime", new NoInstant()).Add(4, "lastTransitionTime", Created).Add(7, "observedGeneration", 1);

    private static Message Status(string name, string pod, bool isReady) => new Message()
        .Add(1, "name", name)
        .Add(2, "state", new Message().Add(2, "running", new Message().Add(1, "startedAt", Created)))
        .Add(3, "lastState", new Message())
        .Add(4, "ready", isReady)
        .Add(5, "restartCount", 0)
        .Add(6, "image", $"example.com/{name}:1.24.3")
        .Add(8, "containerID", $"containerd://2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e{pod}f3a")
        .Add(9, "started", true)
        .Add(13, "user", new Message().Add(1, "linux", new Message().Add(1, "uid", 1654).Add(2, "gid", 1654)));

    private static object[] Volumes() =>
    [
        new Message().Add(1, "name", "tmp").Add(2, "", new Message().Add(2, "emptyDir", new Message())),
        new Message().Add(1, "name", "api").Add(2, "", new Message().Add(26, "projected", new Message()
            .Add(1, "sources", new object[]
            {
                new Message().Add(4, "serviceAccountToken", new Message().Add(2, "expirationSeconds", 3607).Add(3, "path", "token")),
                new Message().Add(3, "configMap", new Message().Add(1, "", new Message().Add(1, "name", "kube-root-ca.crt"))
                    .Add(2, "items", new object[] { new Message().Add(1, "key", "ca.crt").Add(2, "path", "ca.crt") })),
                new Message().Add(2, "downwardAPI", new Message().Add(1, "items", new object[]
                {
                    new Message().Add(1, "path", "namespace").Add(2, "fieldRef", new Message().Add(1, "apiVersion", "v1").Add(2, "fieldPath", "metadata.namespace")),
                })),
            })
            .Add(2, "defaultMode", 420))),
    ];
}
