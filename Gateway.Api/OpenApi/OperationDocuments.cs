namespace Gateway.Api.OpenApi;

/// <summary>Every operation of the contract, section 2 and 3, as people read it in Swagger UI.</summary>
internal static class OperationDocuments
{
    // Registered by the first example, so that those that name it find it: the id of a registration is known only then.
    private const string Id = "00000000000000000000000000000000";

    internal static readonly ParameterDocument[] Pod =
    [
        new("namespace", "The pod to act for: its namespace; with `pod`, or neither.", "shop"),
        new("pod", "The pod to act for: its name.", "carts-1"),
    ];

    internal static readonly ParameterDocument[] Filters =
    [
        new("group", "Only this group; empty: those without one."),
        new("version", "Only this version; empty: those without one."),
        new("protocol", "Only this protocol."),
        new("status", "UP (default), STARTING, OUT_OF_SERVICE, DOWN, TERMINATING, or any; repeatable.", IsRepeatable: true),
        new("selector", "Label-selector syntax over metadata: lane=blue,tier in (a,b)."),
        new("zone", "Only this zone."),
        new("preferZone", "Those of this zone if there are any, else all."),
        new("source", "gateway, declared, dubbo-java, dubbo-go, generic or endpoints."),
    ];

    private static readonly ParameterDocument[] Service = [new("ns", "Namespace of the service.", "shop", "path"), new("name", "Name of the service.", "orders", "path")];

    private static readonly ParameterDocument RegistrationId = new("id", "The registration's id, as its POST answered.", Id, "path");
    internal static readonly ParameterDocument StreamTimeout = new("timeout", "Ends the stream after this time, such as 10s.", "10s");

    internal static readonly ParameterDocument Initial =
        new("initial", "`events`: the first state as `added` events and `synced` instead of one `snapshot`.");

    internal static readonly ParameterDocument LastEventId =
        new("Last-Event-ID", "The id of the last event that was received; the stream goes on from there.", In: "header");

    private static readonly Dictionary<string, string> Registration = new()
    {
        ["application/json"] =
            """{"namespace":"shop","pod":"carts-1","service":"com.example.PriceService","port":8080,"version":"1.0.0","metadata":{"lane":"blue"}}""",
        ["application/x-www-form-urlencoded"] = "namespace=shop&pod=carts-1&service=com.example.PriceService&port=8080&metadata.lane=blue",
    };

    private static readonly Dictionary<string, string> Change = new()
    {
        ["application/merge-patch+json"] = """{"status":"OUT_OF_SERVICE","weight":50,"metadata":{"lane":"green"}}""",
    };

    public static readonly IReadOnlyList<OperationDocument> All =
    [
        new("POST", "/v1/registrations", "Registrations", "Register, or register again, by members or by a ready Dubbo URL (`url`); an array of up to 200 bodies for one pod is one write.", ("201", "The instance as lookup shows it; 200 when it was registered already."))
        {
            Bodies = Registration,
        },
        new("GET", "/v1/registrations", "Registrations", "What the caller's pod has registered, unreadable records with their reason.", ("200", "{items}")) { Parameters = Pod },
        new("DELETE", "/v1/registrations", "Registrations", "Deregister everything of the caller's pod.", ("204", "Gone.")) { Parameters = Pod },
        new("GET", "/v1/registrations/{id}", "Registrations", "One registration.", ("200", "The instance.")) { Parameters = [RegistrationId, .. Pod] },
        new("PATCH", "/v1/registrations/{id}", "Registrations", "Merge-patch status, weight and metadata; with drain=wait, answered when no subscriber is sent it as UP any more.", ("200", "The instance."))
        {
            Parameters =
            [
                RegistrationId, .. Pod, new("drain", "`wait`: answer when every subscriber has been told."), new("timeout", "How long to wait for them, at most 60s."),
            ],
            Bodies = Change,
        },
        new("DELETE", "/v1/registrations/{id}", "Registrations", "Deregister; also when already gone.", ("204", "Gone.")) { Parameters = [RegistrationId, .. Pod] },
        new("PUT", "/v1/registrations/{id}/heartbeat", "Registrations", "Renew the lease of a registration that has a ttl.", ("204", "Renewed.")) { Parameters = [RegistrationId, .. Pod] },
        new("POST", "/v1/registrations/{id}/heartbeat", "Registrations", "The same for HTTP stacks without PUT.", ("204", "Renewed.")) { Parameters = [RegistrationId, .. Pod] },
        new("POST", "/v1/registrations/{id}/out-of-service", "Registrations", "Take the instance out of rotation.", ("200", "The instance.")) { Parameters = [RegistrationId, .. Pod] },
        new("POST", "/v1/registrations/{id}/up", "Registrations", "Put the instance back into rotation.", ("200", "The instance.")) { Parameters = [RegistrationId, .. Pod] },
        new("POST", "/v1/registrations/{id}/deregister", "Registrations", "Deregister, for HTTP stacks without DELETE.", ("204", "Gone.")) { Parameters = [RegistrationId, .. Pod] },
        new("GET", "/v1/services", "Services", "Which services there are, with their instances counted by status.", ("200", "{items, continue, revision}"))
        {
            Parameters =
            [
                new("namespace", "Only this namespace.", "shop"), new("prefix", "Names that begin with this."), new("source", "Services with an instance of this source."),
                new("limit", "At most so many; the answer's `continue` leads on.", "10"), new("continue", "From an earlier page."),
            ],
        },
        new("GET", "/v1/namespaces/{ns}/services/{name}/instances", "Services", "Look a service up; with index, wait until it changes.", ("200", "{namespace, service, revision, stale, fallback, instances}"))
        {
            Parameters =
            [
                .. Service, .. Filters, new("index", "A revision: answer as soon as the service changed after it."), new("wait", "How long, such as 30s; at most 10m."),
                new("minRevision", "Answer only when this replica has seen this revision (at most 10 s, then 504)."),
                new("If-None-Match", "An ETag: 304 when nothing changed.", In: "header"),
            ],
        },
        new("GET", "/v1/namespaces/{ns}/services/{name}/instances/{id}", "Services", "One instance.", ("200", "The instance."))
        {
            Parameters = [.. Service, new("id", "The instance's id.", Id, "path")],
        },
        new("GET", "/v1/namespaces/{ns}/services/{name}/pick", "Services", "One instance, chosen.", ("200", "The instance."))
        {
            Parameters = [.. Service, new("policy", "random (default), round-robin, weighted, consistent-hash.", "round-robin"), new("key", "What consistent-hash hashes."), .. Filters],
        },
        new("GET", "/v1/namespaces/{ns}/services/{name}/watch", "Streams", "Server-Sent Events of one service: snapshot, then added, modified, removed.", ("200", "Events until the timeout."))
        {
            Parameters = [.. Service, StreamTimeout, .. Filters, Initial, LastEventId], MediaType = "text/event-stream",
        },
        new("GET", "/v1/watch", "Streams", "Server-Sent Events of many services over one connection: a snapshot each, then synced, then changes.", ("200", "Events until the timeout."))
        {
            Parameters =
            [
                new("service", "namespace/name; repeatable. Or `namespace`.", "shop/orders", IsRepeatable: true), new("namespace", "Every service of this namespace, instead of `service`."),
                StreamTimeout, .. Filters, Initial, LastEventId,
            ],
            MediaType = "text/event-stream",
        },
        new("GET", "/v1/namespaces/{ns}/services/{name}/dns", "Services", "The records that the cluster's DNS has for the Kubernetes Service of that name, to be kept for the day the registry is away.", ("200", "{namespace, service, domain, stale, records}"))
        {
            Parameters = Service,
        },
        .. DubboOperationDocuments.All,
    ];
}
