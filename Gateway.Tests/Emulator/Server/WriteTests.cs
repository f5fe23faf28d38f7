using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Server;

public sealed class WriteTests
{
    private const string Services = "/api/v1/namespaces/shop/services";

    [Theory]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"foo":1,"containers":[{"name":"a","image":"x"}]}}""", "unknown field \"spec.foo\"")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"x","imag":"y"}]}}""", "unknown field \"spec.containers[0].imag\"")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"hostname":"a","hostname":"b","containers":[{"name":"a","image":"x"}]}}""", "duplicate field \"spec.hostname\"")]
    public async Task StrictValidationRefusesWhatOthersAreWarnedOf(string body, string fault)
    {
        await using var api = await EmulatedApi.StartAsync();
        var strict = await api.SendAsync("POST", EmulatedApi.Pods + "?fieldValidation=Strict", body);
        strict.Status.ShouldBe(400);
        strict.Message.ShouldBe($"Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: {fault}");
        var warned = await api.SendAsync("POST", EmulatedApi.Pods, body);
        warned.Status.ShouldBe(201);
        warned.Headers.GetValues("Warning").ShouldHaveSingleItem().ShouldContain(fault.Replace("\"", "\\\""));
        warned.Body["spec"]!["foo"].ShouldBeNull();
        var ignored = await api.SendAsync("POST", EmulatedApi.Pods + "?fieldValidation=Ignore", body.Replace("\"name\":\"a\"},\"spec", "\"name\":\"b\"},\"spec"));
        ignored.Headers.Contains("Warning").ShouldBeFalse();
    }

    [Fact]
    public async Task AFullPodManifestHasNoUnknownField()
    {
        await using var api = await EmulatedApi.StartAsync();
        const string Manifest = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"full","labels":{"a":"b"},"annotations":{"c":"d"}},
             "spec":{"serviceAccountName":"orders","automountServiceAccountToken":false,"terminationGracePeriodSeconds":5,"nodeSelector":{"x":"y"},
              "securityContext":{"runAsNonRoot":true,"fsGroup":1,"seccompProfile":{"type":"RuntimeDefault"}},
              "tolerations":[{"key":"k","operator":"Exists","effect":"NoSchedule"}],"imagePullSecrets":[{"name":"s"}],
              "affinity":{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"podAffinityTerm":{"topologyKey":"z","labelSelector":{"matchLabels":{"a":"b"}}}}]}},
              "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]}}],
              "initContainers":[{"name":"sidecar","image":"s:1","restartPolicy":"Always","startupProbe":{"exec":{"command":["true"]}}}],
              "containers":[{"name":"app","image":"i:1","command":["c"],"args":["a"],"workingDir":"/","env":[{"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}},{"name":"L","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}],
               "envFrom":[{"configMapRef":{"name":"m","optional":true}}],"ports":[{"name":"http","containerPort":8080}],
               "resources":{"requests":{"cpu":"100m","memory":1000},"limits":{"cpu":1}},"volumeMounts":[{"name":"t","mountPath":"/t","readOnly":true,"subPath":"p"}],
               "livenessProbe":{"httpGet":{"path":"/l","port":"http","httpHeaders":[{"name":"h","value":"v"}]},"initialDelaySeconds":1},"readinessProbe":{"grpc":{"port":1}},
               "lifecycle":{"postStart":{"exec":{"command":["a"]}},"preStop":{"sleep":{"seconds":1}}},
               "securityContext":{"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"allowPrivilegeEscalation":false}}],
              "volumes":[{"name":"t","projected":{"sources":[{"serviceAccountToken":{"audience":"registry-gateway","path":"token"}},{"downwardAPI":{"items":[{"path":"n","fieldRef":{"fieldPath":"metadata.name"}}]}}]}},
               {"name":"e","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}},{"name":"c","configMap":{"name":"m","items":[{"key":"k","path":"p"}]}},{"name":"s","secret":{"secretName":"s"}}]}}
            """;
        var answer = await api.SendAsync("POST", EmulatedApi.Pods + "?fieldValidation=Strict", Manifest);
        answer.Status.ShouldBe(201, answer.Message);
        ((string?)answer.Body["status"]!["qosClass"]).ShouldBe("Burstable");
        ((int?)answer.Body["spec"]!["containers"]![0]!["livenessProbe"]!["failureThreshold"]).ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"spec":{"ports":[{"port":80}]}}""", "IPv4", 1)]
    [InlineData("""{"spec":{"ports":[{"port":80}],"ipFamilyPolicy":"PreferDualStack"}}""", "IPv4,IPv6", 2)]
    [InlineData("""{"spec":{"ports":[{"port":80}],"clusterIP":"None"}}""", "IPv4", 1)]
    [InlineData("""{"spec":{"type":"ExternalName","externalName":"legacy.example.com"}}""", "", 0)]
    public async Task ServicesGetTheirAddresses(string body, string families, int addresses)
    {
        await using var api = await EmulatedApi.StartAsync();
        var answer = await api.SendAsync("POST", Services, body.Insert(1, "\"metadata\":{\"generateName\":\"s-\"},"));
        answer.Status.ShouldBe(201, answer.Message);
        var spec = answer.Body["spec"]!;
        string.Join(',', spec["ipFamilies"]?.AsArray().Select(static one => (string?)one) ?? []).ShouldBe(families);
        (spec["clusterIPs"]?.AsArray().Count ?? 0).ShouldBe(addresses);
        ((string?)answer.Body["metadata"]!["name"])!.Length.ShouldBe(7);
    }

    [Fact]
    public async Task PutReplacesByVersion()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(ResourceKinds.Leases, """{"metadata":{"name":"l","namespace":"shop"},"spec":{"holderIdentity":"a"}}""");
        const string Lease = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/l";
        var lease = await api.GetAsync(Lease);
        lease.Body["spec"]!["holderIdentity"] = "b";
        (await api.SendAsync("PUT", Lease, lease.Body.ToJsonString())).Status.ShouldBe(200);
        (await api.SendAsync("PUT", Lease, lease.Body.ToJsonString())).Status.ShouldBe(409);
        lease.Body["metadata"]!.AsObject().Remove("resourceVersion");
        (await api.SendAsync("PUT", Lease, lease.Body.ToJsonString())).Status.ShouldBe(422);
    }

    [Fact]
    public async Task PodStaysForItsGracePeriodWhichCanOnlyShrink()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        const string Pod = EmulatedApi.Pods + "/a";
        var first = await api.SendAsync("DELETE", Pod, """{"gracePeriodSeconds":20}""");
        ((int?)first.Body["metadata"]!["deletionGracePeriodSeconds"]).ShouldBe(20);
        ((int?)first.Body["metadata"]!["generation"]).ShouldBe(2);
        ((int?)(await api.SendAsync("DELETE", Pod + "?gracePeriodSeconds=40")).Body["metadata"]!["deletionGracePeriodSeconds"]).ShouldBe(20);
        ((int?)(await api.SendAsync("DELETE", Pod + "?gracePeriodSeconds=5")).Body["metadata"]!["deletionGracePeriodSeconds"]).ShouldBe(5);
        (await api.SendAsync("DELETE", Pod + "?gracePeriodSeconds=0")).Status.ShouldBe(200);
        (await api.GetAsync(Pod)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task DeletionHoldsToItsPreconditions()
    {
        await using var api = await EmulatedApi.StartAsync();
        var pod = api.Pod("a");
        const string Pod = EmulatedApi.Pods + "/a";
        (await api.SendAsync("DELETE", Pod, """{"preconditions":{"uid":"other"}}""")).Status.ShouldBe(409);
        (await api.SendAsync("DELETE", Pod, """{"preconditions":{"resourceVersion":"1"}}""")).Status.ShouldBe(409);
        (await api.SendAsync("DELETE", Pod, $$$"""{"gracePeriodSeconds":0,"preconditions":{"uid":"{{{pod.Uid}}}"}}""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task ObjectWithAFinalizerWaitsForIt()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(ResourceKinds.Services, """{"metadata":{"name":"s","namespace":"shop","finalizers":["x.io/hold"]},"spec":{"ports":[{"port":80}]}}""");
        (await api.SendAsync("DELETE", Services + "/s")).Body["metadata"]!["deletionTimestamp"].ShouldNotBeNull();
        (await api.GetAsync(Services + "/s")).Status.ShouldBe(200);
        await api.PatchAsync(Services + "/s", """{"metadata":{"finalizers":null}}""");
        (await api.GetAsync(Services + "/s")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task CreationNeedsItsNamespaceAndAValidName()
    {
        await using var api = await EmulatedApi.StartAsync();
        const string Body = """{"metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"x"}]}}""";
        var missing = await api.SendAsync("POST", "/api/v1/namespaces/nowhere/pods", Body);
        missing.Status.ShouldBe(404);
        missing.Message.ShouldBe("namespaces \"nowhere\" not found");
        var invalid = await api.SendAsync("POST", EmulatedApi.Pods, """{"metadata":{"name":"A_b"},"spec":{}}""");
        invalid.Status.ShouldBe(422);
        invalid.Body["details"]!["causes"]!.AsArray().Select(static one => (string?)one!["field"]).ShouldBe(["metadata.name", "spec.containers"]);
    }
}
