using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Which objects a label or field selector finds.</summary>
public sealed class SelectorTests(ControlPlanes planes)
{
    [Theory]
    [ControlPlanes(ControlPlaneNeeds.ApiServer, "app=orders -> a b", "app==orders -> a b", "app!=orders -> c d", "app in (orders,carts) -> a b c",
        "app notin (orders) -> c d", "tier -> a", "!tier -> b c d", "app=orders,tier=web -> a", "app=orders,!tier -> b", "tier in () -> ",
        "app=orders,tier!=web -> b", "app= -> ", "rank>2 -> c", "rank<3 -> b", "app===orders -> 400", "app in orders -> 400", "=orders -> 400",
        "UPPER/x=1 -> 400", " app = orders , tier = web -> a")]
    public async Task ALabelSelectorFinds(ControlPlaneCase on, string row)
    {
        await using var cluster = await planes.OpenAsync(on);
        await AddAsync(cluster, "a", ("app", "orders"), ("tier", "web"));
        await AddAsync(cluster, "b", ("app", "orders"), ("rank", "1"));
        await AddAsync(cluster, "c", ("app", "carts"), ("rank", "3"));
        await AddAsync(cluster, "d", ("other", "x"));

        await ExpectAsync(cluster, "labelSelector", row);
    }

    [Theory]
    [ControlPlanes(ControlPlaneNeeds.ApiServer, "metadata.name=a -> a", "metadata.name==a -> a", "metadata.name!=a -> b c", "metadata.name=none -> ",
        "status.phase=Running -> a b", "status.phase!=Running -> c", "status.podIP=10.199.0.1 -> a", "spec.nodeName= -> a b c",
        "metadata.name!=a,status.phase=Running -> b", "spec.schedulerName=conformance -> a b c", "spec.restartPolicy=Always -> a b c",
        "spec.serviceAccountName=app -> a b c", "metadata.labels=x -> 400", "status.message=x -> 400", "metadata.name -> 400", "spec.hostNetwork=false -> a b c")]
    public async Task AFieldSelectorFinds(ControlPlaneCase on, string row)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("a") { Node = "", Addresses = ["10.199.0.1"] });
        await cluster.AddPodAsync(new PodShape("b") { Node = "", Addresses = ["10.199.0.2"] });
        await cluster.AddPodAsync(new PodShape("c") { Node = "", Phase = "Failed" });

        await ExpectAsync(cluster, "fieldSelector", row);
    }

    [Theory, ControlPlanes]
    public async Task PodsOfANodeAreFoundByItsName(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var node = await cluster.AddNodeAsync("other");
        await cluster.AddPodAsync(new PodShape("a") { Node = node });
        await cluster.AddPodAsync(new PodShape("b") { Node = "" });
        var list = (await cluster.Api.GetAsync($"/api/v1/pods?fieldSelector=spec.nodeName%3D{node}")).Expect(200);
        list.Items().ShouldHaveSingleItem().Name().ShouldBe("a");
    }

    private static Task AddAsync(TestCluster cluster, string name, params (string Key, string Value)[] labels) =>
        cluster.AddPodAsync(new PodShape(name) { Node = "", Labels = labels.ToDictionary(static label => label.Key, static label => label.Value) });

    private static async Task ExpectAsync(TestCluster cluster, string parameter, string row)
    {
        var (selector, expected) = (row[..row.LastIndexOf(" -> ", StringComparison.Ordinal)], row[(row.LastIndexOf(" -> ", StringComparison.Ordinal) + 4)..]);
        var answer = await cluster.Api.GetAsync($"{cluster.Pods}?{parameter}={Uri.EscapeDataString(selector)}");
        if (expected == "400")
        {
            answer.ExpectRefusal(400, "BadRequest");
            return;
        }

        string.Join(' ', answer.Expect(200).Items().Select(static item => item.Name())).ShouldBe(expected);
    }
}
