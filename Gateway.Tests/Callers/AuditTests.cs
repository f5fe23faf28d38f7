using System.Net;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Callers;

/// <summary>Every write leaves a line that says who did what to which pod, before and after; on request an Event on the pod as well.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task ALineNamesUserPodAddressDeedAndBothStates()
    {
        await using var registry = await StartAsync();
        var caller = registry.As("shop", "greeter-1");
        (string, string) from = (RemoteAddressFilter.Header, "10.0.0.1");
        using var created = await registry.Http.PostAsync("""{"service":"greeting","port":8080,"weight":7}""", caller, from);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = registry.Own("shop", "greeter-1").Keys.Single()[^32..];
        using var again = await registry.Http.PostAsync("""{"service":"greeting","port":8080,"weight":7}""", caller, from);
        using var changed = await registry.Http.CallAsync("PATCH", $"/v1/registrations/{id}", """{"weight":8}""", headers: [caller, from]);
        using var removed = await registry.Http.CallAsync("DELETE", $"/v1/registrations/{id}", headers: [caller, from]);
        using var refused = await registry.Http.CallAsync("DELETE", "/v1/registrations?namespace=billing&pod=biller-1", headers: [caller, from]);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        var lines = registry.Logs.Lines.Where(static line => line.Id is >= 1610 and <= 1612).ToList();
        lines.Select(static line => (line.Id, line.Members["Verb"])).ShouldBe([(1610, "register"), (1611, "register"), (1610, "update"), (1610, "deregister"), (1612, "deregister all")]);
        foreach (var line in lines)
        {
            line.Members["User"].ShouldBe("system:serviceaccount:shop:app");
            line.Members["CallerPod"].ShouldBe("shop/greeter-1");
            line.Members["Address"].ShouldBe("10.0.0.1");
            line.Members["Pod"].ShouldBe(line.Id == 1612 ? "billing/biller-1" : "shop/greeter-1");
            if (line.Id == 1612)
                continue;
            line.Members["Ids"].ShouldBe(id);
            line.Members["Uid"].ShouldBe(registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Uid);
            ulong.Parse(line.Members["Version"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0UL);
        }

        lines[4].Members["Code"].ShouldBe("forbidden");
        lines[0].Members["Before"].ShouldBe("nothing");
        lines[0].Members["After"].ShouldContain("\"weight\":7");
        lines[2].Members["Before"].ShouldBe(lines[0].Members["After"]);
        lines[2].Members["After"].ShouldContain("\"weight\":8");
        lines[3].Members["Before"].ShouldBe(lines[2].Members["After"]);
        lines[3].Members["After"].ShouldBe("nothing");
    }

    [Fact]
    public async Task SomebodyWhoActsForAPodIsNamedHimself()
    {
        await using var registry = await StartAsync();
        registry.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        using var answer = await registry.Http.PostAsync(Calls.Greeting, registry.As("billing", null));
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var line = await registry.Logs.WaitForAsync(1610);
        (line.Members["User"], line.Members["CallerPod"], line.Members["Pod"]).ShouldBe(("system:serviceaccount:billing:app", "-", "shop/greeter-1"));
    }

    [Fact]
    public async Task WhatTheGatewayDoesByItselfIsInItToo()
    {
        await using var registry = await StartAsync(("Leases:DeregisterAfter", "00:00:01"));
        using var answer = await registry.Http.PostAsync("""{"service":"greeting","port":8080,"ttl":1}""", registry.As("shop", "greeter-1"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        await registry.Logs.WaitForAsync(1630);
        var line = registry.Logs.Lines.Single(static line => line.Members.GetValueOrDefault("Verb") == "deregister lapsed");
        (line.Members["User"], line.Members["Pod"], line.Members["After"]).ShouldBe(("gateway", "shop/greeter-1", "nothing"));
    }

    [Fact]
    public async Task WhatCallersChoseStaysOnOneLineAndIsCut()
    {
        await using var registry = await StartAsync();
        using var answer = await registry.Http.PostAsync(
            """{"service":"greeting","port":8080,"metadata":{"a":"x\r\nINJECTED \u2028 \u202e ünï","b":"LONG"}}""".Replace("LONG", new string('y', 5_000), StringComparison.Ordinal),
            registry.As("shop", "greeter-1"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var after = (await registry.Logs.WaitForAsync(1610)).Members["After"];
        after.ShouldAllBe(static c => c >= ' ' && c <= '~');
        after.ShouldContain("INJECTED");
        after.Length.ShouldBeLessThan(1_200);
    }

    [Fact]
    public async Task AnEventIsLeftOnThePodWhereThatIsSwitchedOn()
    {
        await using var registry = await StartAsync(("Registration:Events", "true"));
        registry.Create(ResourceKinds.ClusterRoleBindings, """
            {"metadata":{"name":"registry-gateway-events"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"registry-gateway-events"},
             "subjects":[{"kind":"ServiceAccount","name":"registry-gateway","namespace":"registry"}]}
            """);
        var id = await registry.RegisteredAsync("shop", "greeter-1");
        using var removed = await registry.Http.CallAsync("DELETE", $"/v1/registrations/{id}", headers: registry.As("shop", "greeter-1"));
        await registry.Cluster.Requests.WaitUntilAsync(
            static request => request is { Method: "POST", Status: 201 } && request.Path.EndsWith("/events", StringComparison.Ordinal), 2, TestContext.Current.CancellationToken).Within();

        var events = registry.Cluster.Storage.List(ResourceKinds.Events).Select(static one => one.Copy()).OrderBy(static one => (string?)one["eventTime"], StringComparer.Ordinal).ToList();
        events.Select(static one => (string?)one["reason"]).ShouldBe(["Registered", "Deregistered"]);
        foreach (var one in events)
        {
            ((string?)one["metadata"]!["namespace"]).ShouldBe("shop");
            ((string?)one["regarding"]!["name"]).ShouldBe("greeter-1");
            ((string?)one["regarding"]!["uid"]).ShouldBe(registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Uid);
            ((string?)one["reportingController"]).ShouldBe("registry-gateway");
            ((string?)one["note"]).ShouldNotBeNull().ShouldContain(id);
            ((string?)one["note"])!.ShouldContain("pod shop/greeter-1 (Token)");
        }
    }

    [Fact]
    public async Task WithoutTheSwitchNoEventIsLeftAndWithoutTheRightWritesGoOn()
    {
        await using (var quiet = await StartAsync())
        {
            await quiet.RegisteredAsync("shop", "greeter-1");
            quiet.Cluster.Requests.Count(static request => request.Path.EndsWith("/events", StringComparison.Ordinal)).ShouldBe(0);
        }

        await using var registry = await StartAsync(("Registration:Events", "true"));
        await registry.RegisteredAsync("shop", "greeter-1", "one");
        await registry.Logs.WaitForAsync(1660);
        await registry.RegisteredAsync("shop", "greeter-1", "two");
        (await registry.Http.LookUpUntilAsync("shop", "two", static all => all.Count == 1)).Count.ShouldBe(1);
    }

    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("billing", "biller-1", "10.0.0.2");
        }, [("Registration:ShortAudit", "false"), .. settings]);
        await registry.SeenAsync("shop", "greeter-1");
        await registry.SeenAsync("billing", "biller-1");
        return registry;
    }
}
