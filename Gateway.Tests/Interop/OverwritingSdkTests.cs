using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>Dubbo Java's registry sets all annotations of a pod that had none when it looked.</summary>
public sealed class OverwritingSdkTests
{
    private static readonly SdkService _service = new("greeter", "com.example.GreetingService", "g1", "1.0.0", "dubbo", 20880);

    [Fact]
    public async Task WhatDubboJavaWipedAwayIsPutBack_ATenfold()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        using var api = new SdkApi(registry.Cluster.Url);
        for (var round = 0; round < 10; round++)
        {
            var (pod, address) = ($"greeter-{round}", $"10.0.0.{round + 1}");
            registry.Pod(pod, address);
            await registry.Gateway.State.WaitAsync(snapshot => snapshot.RegistrationsOf("shop", pod) is not null, Patience.Limit, TestContext.Current.CancellationToken);
            await new DubboJava32(api, "shop").RegisterAsync(pod, _service, () => new GatewayRest(registry.Http, "shop", "generic").RegisterAsync(pod, address, _service));

            await SharedPods.UntilAsync(() => registry.OwnKeys(pod).Count == 1 && registry.Annotation(pod, "app.io/annotation") is not null);
            registry.Annotation(pod, "io.dubbo/metadata")!.ShouldContain("4638952ef6ef27a221876e117341e395", Case.Sensitive, "theirs stays");
        }

        (await registry.Http.LookUpUntilAsync("shop", _service.Interface, static found => found.Count == 10)).ShouldAllBe(static one => one.Status() == "UP");
    }

    [Fact]
    public async Task ADeregistrationIsNotUndone()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        using var api = new SdkApi(registry.Cluster.Url);
        registry.Pod("greeter-1", "10.0.0.1");
        await new GatewayRest(registry.Http, "shop").RegisterAsync("greeter-1", "10.0.0.1", _service);
        using (var answer = await registry.Http.DeleteAsync("/v1/registrations?namespace=shop&pod=greeter-1").Within())
            answer.IsSuccessStatusCode.ShouldBeTrue();
        await new DubboJava32(api, "shop").RegisterAsync("greeter-1", "10.0.0.1", _service);

        // A registration made after it has been folded later than anything that would have been put back.
        registry.Pod("other-1", "10.0.0.2");
        await new GatewayRest(registry.Http, "shop").RegisterAsync("other-1", "10.0.0.2", _service);
        registry.OwnKeys("greeter-1").ShouldBeEmpty();
        (await registry.Http.LookUpAsync("shop", _service.Interface)).ShouldHaveSingleItem()["pod"]!["name"]!.GetValue<string>().ShouldBe("other-1");
    }
}
