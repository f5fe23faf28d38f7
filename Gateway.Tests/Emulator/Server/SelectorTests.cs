using Gateway.Emulator.Selectors;

namespace Gateway.Tests.Emulator.Server;

public sealed class SelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "orders", ["tier"] = "web", ["load"] = "7" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=orders", true)]
    [InlineData("app==orders,tier=web", true)]
    [InlineData("app = carts", false)]
    [InlineData("app!=carts", true)]
    [InlineData("zone!=a", true)]
    [InlineData("app in (carts, orders)", true)]
    [InlineData("app notin (orders)", false)]
    [InlineData("zone notin (a,b)", true)]
    [InlineData("app", true)]
    [InlineData("zone", false)]
    [InlineData("!zone", true)]
    [InlineData("!app", false)]
    [InlineData("load>6,load<8", true)]
    [InlineData("load>7", false)]
    [InlineData("app=", false)]
    public void LabelSelectorMatchesAsKubernetesDoes(string selector, bool expected) =>
        LabelSelector.Parse(selector).Matches(Labels).ShouldBe(expected);

    [Theory]
    [InlineData("a===b")]
    [InlineData("a in b")]
    [InlineData("a,")]
    [InlineData("a in (b")]
    [InlineData("a b")]
    public void BrokenLabelSelectorIsRefused(string selector) => Should.Throw<FormatException>(() => LabelSelector.Parse(selector));

    [Theory]
    [InlineData("metadata.name=orders-1", "orders-1")]
    [InlineData("metadata.name!=orders-1", "orders-2")]
    [InlineData("spec.nodeName=node-1,metadata.name==orders-2", "orders-2")]
    [InlineData("status.phase=Running,metadata.namespace=shop", "orders-1,orders-2")]
    [InlineData("status.podIP=10.9.9.9", "")]
    public async Task FieldSelectorFindsPods(string selector, string names)
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("orders-1");
        api.Pod("orders-2");
        var answer = await api.GetAsync($"/api/v1/pods?fieldSelector={Uri.EscapeDataString(selector)}");
        string.Join(',', answer.Names).ShouldBe(names);
    }
}
