namespace Gateway.Api.OpenApi;

/// <summary>The operations below <c>/v1/namespaces/{ns}/dubbo</c>. The examples go by the registration of the first example of all.</summary>
internal static class DubboOperationDocuments
{
    private const string Tag = "Dubbo";

    private static readonly ParameterDocument Namespace = new("ns", "The namespace.", "shop", "path");
    private static readonly ParameterDocument Interface = new("interface", "Name of the interface.", "com.example.PriceService", "path");
    private static readonly ParameterDocument Application = new("app", "Name of the application.", "com.example.PriceService", "path");
    private static readonly ParameterDocument Revision = new("revision", "`dubbo.metadata.revision` of the application's instances.", "4638952ef6ef27a221876e117341e395", "path");

    private static readonly ParameterDocument[] Qualifiers =
    [
        new("group", "As Dubbo compares it: exact, `*` for any, a comma list; empty: only those without one."),
        new("version", "As Dubbo compares it: exact, `*` for any, a comma list; empty: only those without one."),
    ];

    private static readonly ParameterDocument[] ProviderFilters =
        [.. Qualifiers, .. OperationDocuments.Filters.Where(static filter => filter.Name is not ("group" or "version"))];

    private static readonly ParameterDocument[] Waiting =
    [
        new("index", "A revision: answer as soon as the service changed after it."), new("wait", "How long, such as 30s; at most 10m."),
        new("minRevision", "Answer only when this replica has seen this revision (at most 10 s, then 504)."),
        new("If-None-Match", "An ETag: 304 when nothing changed.", In: "header"),
    ];

    private static readonly ParameterDocument[] Streaming = [OperationDocuments.StreamTimeout, OperationDocuments.Initial, OperationDocuments.LastEventId];

    private static readonly Dictionary<string, string> Metadata = new()
    {
        ["application/json"] = """
            {"app":"com.example.PriceService","revision":"4638952ef6ef27a221876e117341e395","services":{"com.example.PriceService:1.0.0:dubbo":{"name":"com.example.PriceService","version":"1.0.0","protocol":"dubbo","port":20880,"path":"com.example.PriceService","params":{"side":"provider"}}}}
            """,
    };

    private static readonly Dictionary<string, string> Mapping = new() { ["application/json"] = """{"applications":["com.example.PriceService"]}""" };

    public static readonly IReadOnlyList<OperationDocument> All =
    [
        new("GET", "/v1/namespaces/{ns}/dubbo/interfaces", Tag, "Which Dubbo interfaces there are, provided or consumed.", ("200", "{namespace, revision, stale, items}"))
        {
            Parameters = [Namespace, new("prefix", "Names that begin with this.")],
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/interfaces/{interface}/providers", Tag, "The providers of an interface, as URLs that a Dubbo consumer can use as they are.", ("200", "{namespace, interface, revision, stale, urls, instances}"))
        {
            Parameters = [Namespace, Interface, .. ProviderFilters, .. Waiting],
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/interfaces/{interface}/providers/watch", Tag, "The same as Server-Sent Events: snapshot, then added, modified, removed.", ("200", "Events until the timeout."))
        {
            Parameters = [Namespace, Interface, .. ProviderFilters, .. Streaming], MediaType = "text/event-stream",
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/interfaces/{interface}/consumers", Tag, "The pods that say that they consume an interface (dubbo-go).", ("200", "{namespace, interface, revision, stale, consumers}"))
        {
            Parameters = [Namespace, Interface, .. Qualifiers],
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/applications/{app}/instances", Tag, "The instances of an application with the flat metadata map of Dubbo 3.", ("200", "{namespace, application, revision, stale, instances}"))
        {
            Parameters = [Namespace, Application, .. OperationDocuments.Filters, .. Waiting],
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/applications/{app}/instances/watch", Tag, "The same as Server-Sent Events.", ("200", "Events until the timeout."))
        {
            Parameters = [Namespace, Application, .. OperationDocuments.Filters, .. Streaming], MediaType = "text/event-stream",
        },
        new("PUT", "/v1/namespaces/{ns}/dubbo/metadata/{app}/{revision}", Tag, "Keep the MetadataInfo of a revision; for a pod that has registered the application.", ("204", "Kept as long as a registration names it."))
        {
            Parameters = [Namespace, Application, Revision, .. OperationDocuments.Pod], Bodies = Metadata,
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/metadata/{app}/{revision}", Tag, "The MetadataInfo of a revision, as it was put.", ("200", "The MetadataInfo."))
        {
            Parameters = [Namespace, Application, Revision],
        },
        new("PUT", "/v1/namespaces/{ns}/dubbo/mapping/{interface}", Tag, "Add applications that provide an interface; for a pod that has registered them.", ("200", "{namespace, interface, applications}"))
        {
            Parameters = [Namespace, Interface, .. OperationDocuments.Pod], Bodies = Mapping,
        },
        new("GET", "/v1/namespaces/{ns}/dubbo/mapping/{interface}", Tag, "Which applications provide an interface.", ("200", "{namespace, interface, applications}"))
        {
            Parameters = [Namespace, Interface],
        },
    ];
}
