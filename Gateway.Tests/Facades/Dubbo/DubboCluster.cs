using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Pods as the systems of the field leave them, and what the Dubbo views say.</summary>
internal static class DubboCluster
{
    public const string Greeting = "com.example.GreetingService";

    /// <summary>A running pod with these annotations, whoever wrote them.</summary>
    public static void Pod(this TestRegistry registry, string name, string address, string labels, params (string Key, string Value)[] annotations)
    {
        registry.Small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","labels":{{labels}},
              "annotations":{{JsonSerializer.Serialize(annotations.ToDictionary(static one => one.Key, static one => one.Value))}} },
             "spec":{"containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        registry.Cluster.Player.Run("shop", name, "node-1", [IPAddress.Parse(address)]);
    }

    public static (string Key, string Value) DubboGo(params string[] urls) => ("dubbo.io/annotation", Leaves("providers", urls));

    public static (string Key, string Value) DubboGoConsumer(params string[] urls) => ("dubbo.io/annotation", Leaves("consumers", urls));

    public static (string Key, string Value) Generic(params string[] urls) => ("app.io/annotation", Leaves("providers", urls));

    public static (string Key, string Value) Java(string revision, string endpoints = """[{"port":20880,"protocol":"dubbo"}]""") => ("io.dubbo/metadata", JsonSerializer.Serialize(
        new Dictionary<string, string> { ["dubbo.metadata.revision"] = revision, ["dubbo.endpoints"] = endpoints, ["dubbo.metadata.storage-type"] = "remote" }));

    /// <summary>A Service with these annotations; its port leads to 20880.</summary>
    public static void Service(this TestRegistry registry, string name, string? interfaces, string app = "greeter", string ports = """[{"name":"dubbo","protocol":"TCP","port":20880,"targetPort":20880}]""")
    {
        registry.Small.Create(ResourceKinds.Services, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","annotations":{{(interfaces is null ? "{}" : JsonSerializer.Serialize(new Dictionary<string, string> { ["registry-gateway.io/interfaces"] = interfaces }))}} },
             "spec":{"clusterIP":"10.96.1.{{name.Length}}","ipFamilies":["IPv4"],"type":"ClusterIP","selector":{"app":"{{app}}"},"ports":{{ports}} } }
            """);
    }

    public static string MetadataInfo(string application, string revision, params (string Name, string Group, string Version)[] services) => new JsonObject
    {
        ["app"] = application,
        ["revision"] = revision,
        ["services"] = new JsonObject(services.Select(static one => KeyValuePair.Create($"{one.Group}/{one.Name}:{one.Version}:dubbo", (JsonNode?)new JsonObject
        {
            ["name"] = one.Name,
            ["group"] = one.Group,
            ["version"] = one.Version,
            ["protocol"] = "dubbo",
            ["port"] = 20880,
            ["path"] = one.Name,
            ["params"] = new JsonObject { ["side"] = "provider", ["methods"] = "greet" },
        }))),
    }.ToJsonString();

    public static string Path(string rest) => "/v1/namespaces/shop/dubbo/" + rest;

    public static Task<JsonNode> ProvidersAsync(this HttpClient http, string @interface, string query = "") =>
        http.GetJsonAsync(Path($"interfaces/{@interface}/providers{query}"));

    /// <summary>Asks until the answer meets the condition; a long poll between two looks.</summary>
    public static async Task<IReadOnlyList<string>> UrlsUntilAsync(this HttpClient http, string @interface, Func<IReadOnlyList<string>, bool> met, string query = "?")
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        var answer = await http.ProvidersAsync(@interface, query);
        while (true)
        {
            var urls = Texts(answer["urls"]);
            if (met(urls))
                return urls;
            deadline.Token.ThrowIfCancellationRequested();
            answer = await http.ProvidersAsync(@interface, $"{query}&index={answer["revision"]}&wait=20s");
        }
    }

    public static IReadOnlyList<string> Texts(JsonNode? array) => [.. array!.AsArray().Select(static one => (string)one!)];

    /// <summary>A URL's parts as a consumer reads them.</summary>
    public static (string Head, Dictionary<string, string> Parameters) Read(string url)
    {
        var mark = url.IndexOf('?', StringComparison.Ordinal);
        return (url[..mark], url[(mark + 1)..].Split('&').Select(static pair => pair.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => SdkCodec.Unescape(pair[1])));
    }

    private static string Leaves(string category, string[] urls) => SdkCodec.Encode(urls.Select(url =>
    {
        var service = Read(url).Parameters["interface"];
        return ($"/dubbo/{service}/{category}/{SdkCodec.Escape(url)}", "");
    }));
}
