using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

/// <summary>What people who come with curl get wrong first, and the whole sentence that they are answered with.</summary>
public sealed class TypicalMistakesTests
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Json = "application/json";
    private const string Patch = "PATCH /v1/registrations/0123456789abcdef0123456789abcdef";
    private const string Post = "POST /v1/registrations";
    private const string ForTheBody = "what is registered is said in the body, not in the query.";
    private const string Together = "'namespace' and 'pod' must be given together; for the caller's own pod leave both out.";
    private const string Hint =
        "Send the pod's projected token (volume source serviceAccountToken, audience registry-gateway): -H \"Authorization: Bearer $(cat /var/run/secrets/registry/token)\".";

    /// <summary>Call, media type, body, status, and what the problem says: the first fault, else its detail.</summary>
    public static TheoryData<string, string?, string?, int, string> Mistakes => new()
    {
        { Post, Form, """{"service":"a","port":1}""", 415, $"The body is JSON, but was sent as a form ({Form}). Add -H 'Content-Type: application/json'." },
        { Post, Json, "service=a&port=1", 400, "The body is a form, but was sent as JSON. Leave out the header Content-Type: application/json, or send JSON." },
        { Post, "multipart/form-data; boundary=x", "--x--", 415, $"The body must be {Json} or {Form} in UTF-8, not multipart/form-data; boundary=x. Multipart is not read; with curl use -d instead of -F." },
        { Post, Json, """{"service":"a","port":"9000"}""", 422, "'port' must be a whole number, without quotes: 9000." },
        { Post, Json, """{"service":"a","port":"http"}""", 422, "'port' must be a whole number." },
        { Post, Json, """{"service":"a"}""", 422, "'port' is required." },
        { Post, Json, """{"name":"a","service":"a","port":1}""", 422, "Unknown member 'name': the member is called 'service'." },
        { Post, Json, """{"serviceName":"a","service":"a","port":1}""", 422, "Unknown member 'serviceName': the member is called 'service'." },
        { Post, Json, """{"service":"a","port":1,"ip":"10.0.0.1"}""", 422, "Unknown member 'ip': the address is that of the pod and is not sent." },
        { Post, Json, """{"service":"a","port":1,"tags":["x"]}""", 422, "Unknown member 'tags': the member is called 'metadata', an object of strings." },
        { Post, Json, """{"service":"a","port":1,"check":{}}""", 422, "Unknown member 'check': the pod's readiness probe is the check; 'ttl' asks for heartbeats." },
        { Post, Json, """{"service":"a","port":1,"colour":"red"}""", 422, "Unknown member 'colour'; known: namespace, pod, service, port, group, version, protocol, ports, metadata, weight, ttl, container, mirrors, url." },
        { Post, Json, """{"service":"a","port":1,}""", 400, "The body is not JSON (line 1, byte 25): a comma before '}' or ']' is one too many." },
        { Post, Json, """{"service":"a b","port":1}""", 422, "A service name must be 1 to 253 of A-Z a-z 0-9 . _ : $ -, but not '.' or '..'; character 2 is a space" },
        { Post, Json, """{"service":"a","port":1,"pod":"greeter-1"}""", 422, Together },
        { Post, Json, """{"service":"a","port":1,"metadata":{"weight":5}}""", 422, "Values of 'metadata' must be strings." },
        { Post, Form, "service=a&port=1&ttl=500ms", 422, "'ttl' must be whole seconds, such as 30, 30s or 2m." },
        { Post, Form, "service=a&port=1&metadata=x", 422, "Unknown form field 'metadata'." },
        { Post + "?pod=greeter-1", Json, """{"service":"a","port":1}""", 400, $"Unknown parameter 'pod': {ForTheBody}" },
        { Post, Json, """{"service":"a","port":1}""", 401, "The caller is no pod, and the request names none: add namespace and pod (to the body of a POST, else to the query), or send the pod's token." },
        { Patch, Form, """{"status":"UP"}""", 415, $"The body must be application/merge-patch+json or {Json} in UTF-8, not {Form}. Add -H 'Content-Type: application/json'." },
        { Patch, Json, """{"status":"up"}""", 422, "The status must be UP or OUT_OF_SERVICE." },
        { "DELETE /v1/registrations/greeting", null, null, 400, "An id is 32 hex digits; GET /v1/registrations lists yours" },
        { "GET /v1/registrations?pod=greeter-1", null, null, 400, Together },
        { "GET /v1/services/orders/instances", null, null, 404, "No such path: /v1/services/orders/instances. A service is looked up in its namespace: /v1/namespaces/{ns}/services/{name}/instances." },
        { "GET /v1/namespaces/shop/services/orders", null, null, 404, "No such path: /v1/namespaces/shop/services/orders. Add /instances, /pick, /watch or /dns." },
        { "GET /v1/namespaces/shop/service/orders/instances", null, null, 404, "No such path: /v1/namespaces/shop/service/orders/instances. /docs/api.md shows every call." },
        { "GET /v1/registration", null, null, 404, "No such path: /v1/registration. /docs/api.md shows every call." },
        { "GET /registrations", null, null, 404, "No such path: /registrations. Paths begin with /v1: /v1/registrations." },
        { "GET /eureka/apps/ORDERS", null, null, 404, "No such path: /eureka/apps/ORDERS. It is a path of Eureka, which is not served here; /docs/migrating.md shows the calls of this registry." },
        { "GET /v1/health/service/orders", null, null, 404, "No such path: /v1/health/service/orders. It is a path of Consul, which is not served here; /docs/migrating.md shows the calls of this registry." },
        { "GET /nacos/v1/ns/instance/list", null, null, 404, "No such path: /nacos/v1/ns/instance/list. It is a path of Nacos, which is not served here; /docs/migrating.md shows the calls of this registry." },
        { "GET /v1/namespaces/shop/services/orders/instances/0123456789abcdef0123456789abcdef?x=1", null, null, 400, "Unknown parameter 'x'; this call takes none." },
        { "GET /v1/namespaces/shop/services/orders/instances?status=up", null, null, 400, "The status must be one of UP, STARTING, OUT_OF_SERVICE, DOWN, TERMINATING, or any." },
        { "GET /v1/services?limit=0", null, null, 400, "'limit' must be an integer from 1 to 10000." },
    };

    [Fact]
    public async Task EachIsAnsweredWithTheSentenceThatHelps()
    {
        // Where other registries' protocols are not spoken, as by default in production.
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Eureka", "false"), ("Facades:Consul", "false"), ("Facades:Nacos", "false")]);
        registry.Pod("greeter-1", "10.0.0.1");
        List<string> wrong = [];
        foreach (var row in Mistakes)
        {
            var (call, mediaType, body, status, said) = row.Data;
            var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
            using var answer = await registry.Http.CallAsync(method, path, body, mediaType ?? Json);
            var found = await SaidAsync(answer);
            if ((int)answer.StatusCode != status || found != said)
                wrong.Add($"{call} {body}\n  {(int)answer.StatusCode} {found}\n  instead of {status} {said}");
        }
        string.Join("\n", wrong).ShouldBe("");
    }

    [Fact]
    public async Task WhoSendsNoTokenIsToldWhichAndWhoSendsOneWithoutAPodHowToBindIt()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, environment: "Production");
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"greeter","namespace":"shop"}}""");
        var unbound = registry.Cluster.IssueToken("shop", "greeter", null, ["registry-gateway"], TimeSpan.FromMinutes(5));
        async Task<string> AnswerAsync(string path, params (string, string)[] headers)
        {
            using var answer = await gateway.Http.CallAsync("POST", path, """{"service":"a","port":1}""", headers: headers);
            ((int)answer.StatusCode).ShouldBe(401);
            return await SaidAsync(answer);
        }

        (await AnswerAsync("/v1/registrations")).ShouldBe("No token was sent, and the address does not say which pod is calling. " + Hint);
        (await AnswerAsync("/v1/registrations", ("Authorization", "Bearer "))).ShouldBe("The bearer token is empty; was the token file there?");
        (await AnswerAsync("/v1/registrations", ("Authorization", $"Bearer {unbound}"))).ShouldBe(
            "The token of system:serviceaccount:shop:greeter is valid, but bound to no pod. Use the pod's projected token (volume source serviceAccountToken, audience registry-gateway), "
            + "or kubectl create token SERVICEACCOUNT --audience registry-gateway --bound-object-kind Pod --bound-object-name POD; or name the pod to act for (namespace and pod).");
    }

    [Fact]
    public async Task WhatPeopleWriteInFormsIsTaken()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        using var answer = await registry.Http.CallAsync(
            "POST", "/v1/registrations", "namespace=shop&pod=greeter-1&service=a&port=1&ttl=1m30s&metadata[tier]=gold&metadata%5Blane%5D=blue", Form);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        ((int)answer.StatusCode).ShouldBe(201, body.ToJsonString());
        body["metadata"]!.ToJsonString().ShouldBe("""{"lane":"blue","tier":"gold"}""");
    }

    private static async Task<string> SaidAsync(HttpResponseMessage answer)
    {
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return (string?)problem["errors"]?[0]?["detail"] ?? (string)problem["detail"]!;
    }
}
