namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>What an API server would write.</summary>
internal static class Wire
{
    public static string Pod(string name, ulong version, string? uid = null, string address = "10.1.0.5") =>
        $$$"""
        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{uid ?? $"uid-{name}"}}}","resourceVersion":"{{{version}}}","labels":{"app":"orders"}},"spec":{"containers":[{"name":"app"}],"nodeName":"n1"},"status":{"phase":"Running","podIP":"{{{address}}}","conditions":[{"type":"Ready","status":"True"}]}}
        """;

    /// <summary>A pod whose spec is not what a pod's spec is.</summary>
    public static string UndecodablePod(string name, ulong version) =>
        $$$"""{"kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"uid-{{{name}}}","resourceVersion":"{{{version}}}"},"spec":{"containers":"none"}}""";

    public static string List(ulong version, params string[] items) => Page(version, "", items);

    public static string Page(ulong version, string next, params string[] items) =>
        $$"""{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"{{version}}","continue":"{{next}}"},"items":[{{string.Join(',', items)}}]}""";

    public static string Added(string item) => Event("ADDED", item);

    public static string Modified(string item) => Event("MODIFIED", item);

    public static string Deleted(string item) => Event("DELETED", item);

    public static string Bookmark(ulong version, bool endsInitialEvents = false) => Event("BOOKMARK",
        $$$"""{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}","creationTimestamp":null{{{(endsInitialEvents ? ""","annotations":{"k8s.io/initial-events-end":"true"}""" : "")}}}},"spec":{"containers":null},"status":{}}""");

    public static string Error(int code, string reason, int? retryAfterSeconds = null) =>
        Event("ERROR", Status(code, reason, retryAfterSeconds: retryAfterSeconds));

    public static string Status(int code, string reason, string? cause = null, int? retryAfterSeconds = null) =>
        $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"told so","reason":"{{reason}}","details":{"causes":[{{(cause is null ? "" : $$"""{"reason":"{{cause}}","message":"m"}""")}}]{{(retryAfterSeconds is null ? "" : $",\"retryAfterSeconds\":{retryAfterSeconds}")}}},"code":{{code}}}""";

    public static string TooLarge() => Status(504, "Timeout", "ResourceVersionTooLarge", 1);

    private static string Event(string type, string item) => $$"""{"type":"{{type}}","object":{{item}}}""" + "\n";
}
