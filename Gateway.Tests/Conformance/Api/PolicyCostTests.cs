using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Tests.Chart;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>The chart's ValidatingAdmissionPolicy on the largest pod that there can be: an API server ends what costs more CEL than its budget.</summary>
public sealed class PolicyCostTests(ControlPlanes planes)
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private const string Bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
    private const string Refusal = "the gateway may change only annotations registry-gateway.io/* and the mirrors'";
    private const int Annotations = 30_000;

    [Theory, ControlPlanes(ControlPlaneNeeds.AdmissionPolicies)]
    public async Task APodOfFiftyContainersTenManagersAndThirtyThousandAnnotationsIsWithinTheBudgetOfThePolicy(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("large-1")
        {
            Containers = [.. Enumerable.Range(0, 50).Select(static number => $"app-{number}")],
            Annotations = Enumerable.Range(0, Annotations).ToDictionary(static number => $"a{number}", static _ => ""),
        });
        for (var manager = 0; manager < 10; manager++)
            (await cluster.Api.PatchAsync($"{cluster.Pod("large-1")}?fieldManager=manager-{manager}", PatchTests.Annotate($"manager-{manager}", "1"))).Expect(200);
        var account = $"system:serviceaccount:{cluster.Namespace}:{TestCluster.ServiceAccount}";
        await PermitAsync(cluster);
        var name = $"{cluster.Namespace}-pods";
        var rendered = new HelmChart().Render()["admissionpolicy.yaml"]
            .Replace("system:serviceaccount:registry:registry-gateway", account, StringComparison.Ordinal)
            .Replace("registry-gateway-pods", name, StringComparison.Ordinal);
        try
        {
            foreach (var document in YamlTree.ReadAll(rendered))
            {
                var body = JsonSerializer.Serialize(document);
                (await cluster.Api.PostAsync(body.Contains("\"ValidatingAdmissionPolicy\"", StringComparison.Ordinal) ? Policies : Bindings, body)).Expect(201);
            }

            // A policy is in force some time after it was created.
            using var deadline = new CancellationTokenSource(Patience.Limit);
            (int Status, string Text) foreign;
            do
            {
                deadline.Token.ThrowIfCancellationRequested();
                foreign = await PatchAsync(cluster, account, PatchTests.Annotate("foreign", "1"));
            }
            while (foreign.Status == 200);
            foreign.Status.ShouldBe(403, foreign.Text);
            foreign.Text.ShouldContain(Refusal, Case.Sensitive, "refused by what it says, and not by what it costs");

            var own = await PatchAsync(cluster, account, PatchTests.Annotate("registry-gateway.io/0123456789abcdef0123456789abcdef", "{}"));
            own.Status.ShouldBe(200, own.Text);
            await ReportAsync(cluster, name);
        }
        finally
        {
            await cluster.Api.DeleteAsync($"{Bindings}/{name}");
            await cluster.Api.DeleteAsync($"{Policies}/{name}");
        }
    }

    /// <summary>What the checks took, by the API server's own metrics.</summary>
    private static async Task ReportAsync(TestCluster cluster, string policy)
    {
        var metrics = await cluster.Plane.Admin.GetStringAsync("metrics", TestCluster.Deadline);
        foreach (var line in metrics.Split('\n').Where(line => line.Contains($"policy=\"{policy}\"", StringComparison.Ordinal) && line.Contains("duration_seconds_", StringComparison.Ordinal)))
            TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    private static async Task PermitAsync(TestCluster cluster)
    {
        var roles = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{cluster.Namespace}";
        (await cluster.Api.PostAsync($"{roles}/roles", """
            {"metadata":{"name":"patch-pods"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","patch"]}]}
            """)).Expect(201);
        (await cluster.Api.PostAsync($"{roles}/rolebindings", $$"""
            {"metadata":{"name":"patch-pods"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"patch-pods"},
             "subjects":[{"kind":"ServiceAccount","name":"{{TestCluster.ServiceAccount}}","namespace":"{{cluster.Namespace}}"}]}
            """)).Expect(201);
    }

    /// <summary>As the gateway would, by its account and as its field manager.</summary>
    private static async Task<(int Status, string Text)> PatchAsync(TestCluster cluster, string account, string patch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{cluster.Pod("large-1")}?fieldManager=registry-gateway");
        request.Headers.Add("Impersonate-User", account);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(patch));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(ApiCalls.Merge);
        using var answer = await cluster.Plane.Admin.SendAsync(request, TestCluster.Deadline).Within();
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestCluster.Deadline));
    }
}
