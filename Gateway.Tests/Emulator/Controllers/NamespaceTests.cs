using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Controllers;

public sealed class NamespaceTests
{
    [Fact]
    public async Task NewNamespaceHasADefaultAccountThatComesBack()
    {
        await using var cluster = await StartAsync();
        await cluster.SettleAsync();
        cluster.Get(ResourceKinds.ServiceAccounts, "default").ShouldNotBeNull();

        cluster.Remove(ResourceKinds.ServiceAccounts, "default");
        await cluster.SettleAsync();
        cluster.Get(ResourceKinds.ServiceAccounts, "default").ShouldNotBeNull();
    }

    [Fact]
    public async Task DeletedNamespaceTakesItsContentAlong()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        await cluster.SettleAsync();

        cluster.Remove(ResourceKinds.Namespaces, "shop");
        await cluster.SettleAsync();
        var storage = cluster.Cluster.Storage;
        ResourceKinds.All.Where(static kind => kind.Namespaced).SelectMany(kind => storage.List(kind).In("shop")).ShouldBeEmpty();
        storage.List(ResourceKinds.ServiceAccounts).In("default").ShouldNotBeEmpty();
    }
}
