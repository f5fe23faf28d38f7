using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;

namespace Gateway.Tests.Browser;

/// <summary>Ten thousand services in the console.</summary>
public sealed class ConsoleListTests
{
    private const int Services = 10_000;

    // The rows in view and the spare ones on both sides of them.
    private const int MostRows = 100;

    [Fact]
    public async Task TenThousandServicesAreScrolledAndSearchedWithAFewRows()
    {
        await using var small = await SmallCluster.StartAsync(controllers: false);
        for (var number = 0; number < Services; number++)
            small.Create(ResourceKinds.Services, $$"""{"metadata":{"name":"service-{{number:0000}}","namespace":"shop"},"spec":{"type":"ClusterIP","ports":[{"port":80}]} }""");
        await using var gateway = await GatewayUnderTest.StartAsync(small.Cluster.Url);
        await using var chromium = await Chromium.StartAsync();
        var console = await ConsolePage.OpenAsync(chromium, gateway.Http.BaseAddress!, "#/services");
        await console.ShowsAsync("10,000 services");
        await console.ShowsAsync("service-0000");

        // From one end to the other, a view at a time: each frame is drawn before the next one is asked for.
        var most = await console.Page.EvaluateAsync<int>("""
            async () => {
              const list = document.querySelector(".list");
              const step = (list.scrollHeight - list.clientHeight) / 60;
              let most = 0;
              for (let at = 0; at <= 60; at++) {
                list.scrollTop = at * step;
                await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                const rows = [...list.querySelectorAll(".space [role=row]")];
                const view = list.getBoundingClientRect();
                const middle = document.elementFromPoint(view.left + view.width / 2, view.top + view.height / 2).closest("[role=row]");
                if (middle === null)
                  throw new Error(`nothing is drawn at ${list.scrollTop}`);
                most = Math.max(most, rows.length);
              }
              return most;
            }
            """);
        most.ShouldBeLessThan(MostRows);
        await console.ShowsAsync("service-9999");
        (await console.Page.Locator(".list").GetAttributeAsync("aria-rowcount")).ShouldBe("10001");

        await console.Page.GetByLabel("Search").FillAsync("service-077");
        await console.ShowsAsync("10 of 10,000 services");
        await console.ShowsAsync("service-0779");
        await console.Page.GetByLabel("Search").FillAsync("");
        await console.ShowsAsync("service-0000");
        await console.KeepPictureAsync("console-services-many");
        console.ShouldHaveDoneNoHarm();
    }
}
