using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Emulator.Demo;

/// <summary>An annotation, with its label, that registers a demo pod in a format of another registry.</summary>
internal sealed record DemoRegistration(string AnnotationKey, string AnnotationValue, string? LabelKey = null, string? LabelValue = null)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As dubbo-go 1.5's Kubernetes registry writes it: a directory and a leaf, base64 with the URL-safe alphabet.</summary>
    public static DemoRegistration DubboGo(string service, string url) =>
        new("dubbo.io/annotation", Records($"/dubbo/{service}/providers", Leaf(service, url)), "dubbo.io/label", "dubbo.io.provider");

    /// <summary>The same encoding under the keys of the generic variant.</summary>
    public static DemoRegistration Generic(string service, string url) =>
        new("app.io/annotation", Records(Leaf(service, url)), "app.io/label", "app.io-value");

    /// <summary>As Dubbo Java 3.2's application-level discovery writes it: a flat map of strings, some of which hold JSON.</summary>
    public static DemoRegistration DubboJava(int port)
    {
        var endpoints = new[] { new Dictionary<string, object> { ["port"] = port, ["protocol"] = "dubbo" } };
        var metadataService = new Dictionary<string, string>
        {
            ["version"] = "1.0.0",
            ["dubbo"] = "2.0.2",
            ["release"] = "3.2.6",
            ["side"] = "provider",
            ["port"] = $"{port}",
            ["protocol"] = "dubbo",
        };
        var metadata = new Dictionary<string, string>
        {
            ["dubbo.metadata-service.url-params"] = JsonSerializer.Serialize(metadataService, Json),
            ["dubbo.endpoints"] = JsonSerializer.Serialize(endpoints, Json),
            ["dubbo.metadata.revision"] = "4638952ef6ef27a221876e117341e395",
            ["dubbo.metadata.storage-type"] = "local",
            ["timestamp"] = "1700000000000",
        };
        return new("io.dubbo/metadata", JsonSerializer.Serialize(metadata, Json));
    }

    private static string Leaf(string service, string url) => $"/dubbo/{service}/providers/{QueryEscape(url)}";

    private static string Records(params string[] keys)
    {
        var records = keys.Select(static key => new Dictionary<string, string> { ["k"] = key, ["v"] = "" });
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(records, Json))).Replace('+', '-').Replace('/', '_');
    }

    /// <summary>Go's url.QueryEscape.</summary>
    private static string QueryEscape(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
