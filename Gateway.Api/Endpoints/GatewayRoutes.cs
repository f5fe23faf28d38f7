using Gateway.Api.Callers;
using Gateway.Api.Endpoints.Drain;
using Gateway.Api.OpenApi;
using Gateway.Api.OpenApi.Parameters;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Api.Requests;
using Gateway.Api.Streaming;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>
/// The native routes of the contract, sections 2 and 3, and their OpenAPI descriptions. Handlers take the raw request and parse it strictly;
/// there is no model binding and no reflection.
/// </summary>
internal static class GatewayRoutes
{
    private const string RegistrationExample =
        """
        {"namespace":"shop","pod":"carts-1","service":"com.example.PriceService","port":8080,"version":"1.0.0","metadata":{"lane":"blue"}}
        """;

    private const string ChangeExample = """{"status":"OUT_OF_SERVICE","weight":50,"metadata":{"lane":"green"}}""";

    /// <summary>HEAD is answered on every GET route (RFC 9110, section 9.3.2).</summary>
    public static readonly string[] Reads = ["GET", "HEAD"];

    public static void AddGatewayEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<LookupAccessCheck>();
        services.AddSingleton<CallerGate>();
        services.AddSingleton<WriteFilter>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<DrainWait>();
        services.AddSingleton<LookupEndpoint>();
        services.AddSingleton<CatalogPages>();
        services.AddSingleton<CatalogEndpoint>();
        services.AddSingleton<WatchEndpoint>();
        services.AddSingleton<RegistrationEndpoint>();
        services.AddSingleton<ServiceDnsEndpoint>();
        services.AddSingleton<ExplainEndpoint>();
        services.AddSingleton<NamespaceRead>();
        services.AddSingleton<HistoryEndpoint>();
        services.AddSingleton<ConsumersEndpoint>();
    }

    public static void MapRegistrations(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<RegistrationEndpoint>();
        var registrations = routes.MapGroup("").WithTags("Registrations");
        registrations.MapPost("/registrations", endpoint.RegisterAsync)
            .Describe("register", "Register, or register again, by members or by a Dubbo URL; an array of up to 200 registrations of one pod is one write.")
            .Takes<Registration>(RegistrationExample)
            .Answers<RegisteredInstance>("The new instance as lookups return it.", StatusCodes.Status201Created)
            .Answers<RegisteredInstances>("The instance that was already registered; for an array, all of its instances.")
            .Refuses([
                .. ProblemSets.Writing, .. ProblemSets.Body, RefusalCodes.InvalidRegistration, RefusalCodes.NameReserved,
                RefusalCodes.PodTerminating, RefusalCodes.LeasesOff,
            ])
            .AddOpenApiOperationTransformer(RegisterTransformer.TransformAsync);
        registrations.MapMethods("/registrations", Reads, endpoint.ListAsync)
            .Describe("listRegistrations", "List the registrations of the caller's pod, of a named pod, or of all pods of a namespace; unreadable records with the reason.").Reads<Listing>()
            .Answers<OwnRegistrations>("The registrations.")
            .Refuses(ProblemSets.Acting);
        registrations.MapDelete("/registrations", endpoint.DeregisterAllAsync)
            .Describe("deregisterAll", "Remove all registrations of the caller's pod.").Reads<ActingFor>()
            .AnswersNothing("The pod has no registrations.")
            .Refuses(ProblemSets.Writing);
        registrations.MapMethods("/registrations/{id}", Reads, endpoint.FindAsync)
            .Describe("findRegistration", "One registration.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .Answers<Instance>("The instance.")
            .Refuses(ProblemSets.Acting);
        registrations.MapPatch("/registrations/{id}", endpoint.PatchAsync)
            .Describe(
                "changeRegistration",
                "Merge-patch status, weight and metadata; with drain=wait, answered when every subscriber was sent a state in which it is not UP.")
            .Reads<RegistrationRoute>().Reads<ActingFor>().Reads<Draining>()
            .Takes<RegistrationChange>(ChangeExample, MediaTypes.MergePatch, MediaTypes.Json)
            .Answers<ChangedInstance>("The instance.")
            .Refuses([.. ProblemSets.Writing, .. ProblemSets.Body, RefusalCodes.InvalidRegistration, RefusalCodes.NameReserved]);
        registrations.MapDelete("/registrations/{id}", endpoint.DeregisterAsync)
            .Describe("deregister", "Deregister; succeeds if it is not registered.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .AnswersNothing("It is not registered any more.")
            .Refuses(ProblemSets.Writing);
        registrations.MapHeartbeats(endpoint);
        registrations.MapPost("/registrations/{id}/out-of-service", endpoint.TakeOutAsync)
            .Describe("takeOutOfService", "Take the instance out of rotation.")
            .Reads<RegistrationRoute>().Reads<ActingFor>().Reads<Draining>()
            .Answers<ChangedInstance>("The instance.")
            .Refuses(ProblemSets.Writing);
        registrations.MapPost("/registrations/{id}/up", endpoint.PutBackAsync)
            .Describe("putIntoService", "Return the instance to rotation.")
            .Reads<RegistrationRoute>().Reads<ActingFor>().Reads<Draining>()
            .Answers<ChangedInstance>("The instance.")
            .Refuses(ProblemSets.Writing);
        registrations.MapPost("/registrations/{id}/deregister", endpoint.DeregisterAsync)
            .Describe("deregisterByPost", "Deregister, for HTTP stacks without DELETE.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .AnswersNothing("It is not registered any more.")
            .Refuses(ProblemSets.Writing);
    }

    public static void MapServices(this IEndpointRouteBuilder routes)
    {
        var lookup = routes.ServiceProvider.GetRequiredService<LookupEndpoint>();
        var services = routes.MapGroup("").WithTags("Services");
        services.MapMethods("/services", Reads, routes.ServiceProvider.GetRequiredService<CatalogEndpoint>().ListAsync)
            .WithMetadata(LookupRoute.List)
            .Describe("listServices", "List services, with instance counts by status.").Reads<CatalogParameters>()
            .Answers<ServiceList>("A page of services.")
            .Refuses(ProblemSets.Reading);
        services.MapMethods(RouteService.Pattern + "/instances", Reads, lookup.LookUpAsync)
            .WithMetadata(LightWork.Mark, LookupRoute.Instances)
            .Describe("lookUp", "Look up a service; with index, wait until it changes.")
            .Reads<ServiceRoute>().Reads<Qualifiers>().Reads<Filters>().Reads<Waiting>()
            .Answers<Lookup>("The instances; an empty list if the service is unknown.")
            .AnswersNothing("Nothing changed since the ETag of `If-None-Match`.", StatusCodes.Status304NotModified)
            .Refuses([.. ProblemSets.Reading, RefusalCodes.RevisionNotReached, RefusalCodes.NoHistory]);
        services.MapMethods(RouteService.Pattern + "/instances/{id}", Reads, lookup.FindOneAsync)
            .WithMetadata(LightWork.Mark)
            .Describe("findInstance", "One instance.").Reads<ServiceRoute>().Reads<InstanceRoute>()
            .Answers<Instance>("The instance, in any status.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NotFound]);
        services.MapMethods(RouteService.Pattern + "/pick", Reads, lookup.PickAsync)
            .WithMetadata(LightWork.Mark, LookupRoute.Pick)
            .Describe("pick", "Choose one instance.").Reads<ServiceRoute>().Reads<Picking>().Reads<Qualifiers>().Reads<Filters>()
            .Answers<Instance>("The instance.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NoInstance]);
        services.MapMethods(RouteService.Pattern + "/dns", Reads, routes.ServiceProvider.GetRequiredService<ServiceDnsEndpoint>().FindAsync)
            .Describe("findDnsRecords", "The DNS records of the Kubernetes Service of that name, as a fallback while the registry is unavailable.")
            .Reads<ServiceRoute>()
            .Answers<ServiceDns>("The records.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NotFound]);
        services.MapMethods("/explain", Reads, routes.ServiceProvider.GetRequiredService<ExplainEndpoint>().ExplainAsync)
            .Describe("explain", "Why a service, or a pod under its name, is listed or not: every check, what was found, and what would help.")
            .Reads<ExplainParameters>().Reads<Qualifiers>().Reads<Filters>()
            .Answers<Explanation>("The checks, in order.")
            .Refuses(ProblemSets.Reading.Except([RefusalCodes.NotWatched]));
        services.MapMethods("/history", Reads, routes.ServiceProvider.GetRequiredService<HistoryEndpoint>().ListAsync)
            .Describe("history", "The latest changes of a namespace's instances that this replica saw, oldest first, each with its cause.")
            .Reads<HistoryParameters>()
            .Answers<History>("The changes.")
            .Refuses(ProblemSets.Reading);
        services.MapMethods("/consumers", Reads, routes.ServiceProvider.GetRequiredService<ConsumersEndpoint>().ListAsync)
            .Describe("consumers", "Who looked a service up or subscribed to it within a day, by workload; or what a pod did. All replicas that share a Redis are asked.")
            .Reads<ConsumerParameters>()
            .Answers<Consumers>("The consumers.")
            .Refuses(ProblemSets.Reading);
    }

    public static void MapWatches(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<WatchEndpoint>();
        var watches = routes.MapGroup("").WithTags("Streams").WithMetadata(LightWork.Mark);
        watches.MapGet(RouteService.Pattern + "/watch", endpoint.WatchOneAsync)
            .Describe("watch", "Server-Sent Events of one service: snapshot, then added, modified, removed.")
            .Reads<ServiceRoute>().Reads<StreamBounds>().Reads<Qualifiers>().Reads<Filters>()
            .Streams<Lookup, Instance>()
            .Refuses(ProblemSets.Reading);
        watches.MapGet("/watch", endpoint.WatchManyAsync)
            .Describe("watchMany", "Server-Sent Events of many services over one connection: a snapshot each, then synced, then changes.")
            .Reads<StreamedServices>().Reads<StreamBounds>().Reads<Qualifiers>().Reads<Filters>()
            .Streams<Lookup, Instance>()
            .Refuses(ProblemSets.Reading);
    }

    private static void MapHeartbeats(this IEndpointRouteBuilder registrations, RegistrationEndpoint endpoint)
    {
        registrations.MapPut("/registrations/{id}/heartbeat", endpoint.HeartbeatAsync)
            .WithMetadata(Heartbeat.Mark)
            .Describe("heartbeat", "Renew the lease of a registration that has a ttl.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .AnswersNothing("Renewed.")
            .Refuses([.. ProblemSets.Acting, RefusalCodes.NoLease, RefusalCodes.LeasesOff]);
        registrations.MapPost("/registrations/{id}/heartbeat", endpoint.HeartbeatAsync)
            .WithMetadata(Heartbeat.Mark)
            .Describe("heartbeatByPost", "The same for HTTP stacks without PUT.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .AnswersNothing("Renewed.")
            .Refuses([.. ProblemSets.Acting, RefusalCodes.NoLease, RefusalCodes.LeasesOff]);
    }
}
