using Gateway.Api.Facades;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades.Shared;

/// <summary>What clients of other registries read is made once a state, and shared as long as nothing in their namespace changes.</summary>
public sealed class FacadeViewTests
{
    private const string One = "10.0.0.1";

    [Fact]
    public async Task AnAnswerIsMadeOnceAStateOfItsServiceOrNamespace()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.PodAsync("bills-1", "10.0.0.2", "billing");
        await world.CallAsync("POST", "/probe/a?service=orders", One);
        await world.CallAsync("POST", "/probe/b?service=carts&port=9090", One);
        var (reader, answers) = (world.First.Services.GetRequiredService<FacadeReader>(), world.First.Services.GetRequiredService<FacadeAnswers>());
        FacadeView View() => reader.View(world.First.State.Current, "shop");
        var made = 0;
        byte[] Make() => [(byte)++made];

        View().Services.Select(static service => service.Key.Name).ShouldBe(["carts", "orders"]);
        answers.Get(View().Find("orders")!, "probe", Make).ShouldBe([1]);
        answers.GetAll(View(), "probe", Make).ShouldBe([2]);

        await world.CallAsync("POST", "/probe/c?service=bills", "10.0.0.2");
        await world.CallAsync("POST", "/probe/b?service=carts&port=9191", One);
        answers.Get(View().Find("orders")!, "probe", Make).ShouldBe([1], "its state is the same");
        answers.GetAll(View(), "probe", Make).ShouldBe([3], "carts changed");

        await world.CallAsync("POST", "/probe/d?service=rent&port=9090", "10.0.0.2");
        answers.GetAll(View(), "probe", Make).ShouldBe([3], "another namespace changed");
        View().Find("bills").ShouldBeNull();
        for (var i = 0; i < 2 * FacadeAnswers.MaxVariants; i++)
            answers.Get(View().Find("orders")!, $"filter {i}", Make);
        answers.Get(View().Find("orders")!, "probe", Make).ShouldBe([1]);
    }

    [Fact]
    public async Task NamespacesThatAStrangerMakesUpTakeNoMemory()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", "/probe/a?service=orders", One);
        var reader = world.First.Services.GetRequiredService<FacadeReader>();
        var snapshot = world.First.State.Current;
        reader.View(snapshot, "shop").Services.ShouldHaveSingleItem();
        for (var i = 0; i < 100; i++)
            reader.View(snapshot, $"made-up-{i}").Services.ShouldBeEmpty();
        reader.Kept.ShouldBe(1);
        reader.View(snapshot, "shop").List.ShouldBeSameAs(reader.View(snapshot, "shop").List);
        reader.View(snapshot, "made-up-1").List.ShouldNotBeSameAs(reader.View(snapshot, "made-up-1").List);
    }
}
