using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Http;

namespace Gateway.Emulator.Discovery;

/// <summary>Answers non-resource paths: health, version, discovery, OpenAPI.</summary>
internal static class DiscoveryVerb
{
    private const string OpenApi = "/openapi/v3";

    public static Task HandleAsync(HttpContext context, string path)
    {
        if (context.Request.Method is not ("GET" or "HEAD"))
            throw ApiFailure.MethodNotAllowed();
        if (path is "/livez" or "/readyz" or "/healthz" || path.StartsWith("/livez/", StringComparison.Ordinal) || path.StartsWith("/readyz/", StringComparison.Ordinal))
            return OkAsync(context);
        var document = path switch
        {
            "/version" => Version(),
            "/api" => DiscoveryDocuments.Versions(context.Request.Host.Value ?? ""),
            "/apis" => DiscoveryDocuments.Groups(),
            OpenApi => OpenApiDocuments.Index(),
            _ when path.StartsWith(OpenApi + "/", StringComparison.Ordinal) => OpenApiDocuments.Find(path[(OpenApi.Length + 1)..]),
            _ => DiscoveryDocuments.Find(path),
        };
        return Answers.WriteAsync(context, 200, document ?? throw ApiFailure.UnknownPath());
    }

    private static Task OkAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("ok", context.RequestAborted);
    }

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "33",
        ["emulationMajor"] = "1",
        ["emulationMinor"] = "33",
        ["minCompatibilityMajor"] = "1",
        ["minCompatibilityMinor"] = "32",
        ["gitVersion"] = "v1.33.0+emulated",
        ["gitCommit"] = "",
        ["gitTreeState"] = "",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "go1.24.4",
        ["compiler"] = "gc",
        ["platform"] = "linux/amd64",
    };
}
