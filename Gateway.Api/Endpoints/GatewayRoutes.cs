using Gateway.Api.Authentication;
using Gateway.Api.Contracts;
using Gateway.Api.OpenApi;
using Gateway.Api.OpenApi.Parameters;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Api.Streaming;
using Gateway.Core.Refusals;

namespace Gateway.Api.Endpoints;

/// <summary>
/// The routes of the contract, sections 2 and 3, and what the OpenAPI document says of each. Handlers take the bare request: strict reading is
/// theirs, and nothing binds or reflects on the way.
/// </summary>
internal static class GatewayRoutes
{
    private const string RegistrationExample =
        """
        {"namespace":"shop","pod":"carts-1","service":"com.example.PriceService","port":8080,"version":"1.0.0","metadata":{"lane":"blue"}}
        """;

    private const string ChangeExample = """{"status":"OUT_OF_SERVICE","weight":50,"metadata":{"lane":"green"}}""";

    private const string MetadataExample =
        """
        {"app":"com.example.PriceService","revision":"4638952ef6ef27a221876e117341e395","services":{"com.example.PriceService:1.0.0:dubbo":
        {"name":"com.example.PriceService","version":"1.0.0","protocol":"dubbo","port":20880,"path":"com.example.PriceService",
        "params":{"side":"provider"}}}}
        """;

    private const string MappingExample = """{"applications":["com.example.PriceService"]}""";

    private static readonly string[] Reads = ["GET", "HEAD"];

    public static void AddGatewayEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<LookupAccessCheck>();
        services.AddSingleton<CallerGate>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<DrainWait>();
        services.AddSingleton<LookupEndpoint>();
        services.AddSingleton<CatalogEndpoint>();
        services.AddSingleton<WatchEndpoint>();
        services.AddSingleton<RegistrationEndpoint>();
        services.AddSingleton<DubboViewsEndpoint>();
        services.AddSingleton<DubboCenterEndpoint>();
        services.AddSingleton<ServiceDnsEndpoint>();
    }

    public static void MapRegistrations(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<RegistrationEndpoint>();
        var registrations = routes.MapGroup("").WithTags("Registrations");
        registrations.MapPost("/registrations", endpoint.RegisterAsync)
            .Describe("register", "Register, or register again, by members or by a Dubbo URL; an array of up to 200 for one pod is one write.")
            .Takes<Registration>(RegistrationExample)
            .Answers<RegisteredInstance>("The new instance as lookup shows it.", StatusCodes.Status201Created)
            .Answers<RegisteredInstances>("The instance, which was registered already; of an array all of its instances.")
            .Refuses([
                .. ProblemSets.Writing, .. ProblemSets.Body, RefusalCodes.InvalidRegistration, RefusalCodes.NameReserved,
                RefusalCodes.PodTerminating, RefusalCodes.LeasesOff,
            ])
            .AddOpenApiOperationTransformer(RegisterTransformer.TransformAsync);
        registrations.MapMethods("/registrations", Reads, endpoint.ListOwnAsync)
            .Describe("listRegistrations", "What the caller's pod has registered, unreadable records with their reason.").Reads<ActingFor>()
            .Answers<OwnRegistrations>("The registrations.")
            .Refuses(ProblemSets.Acting);
        registrations.MapDelete("/registrations", endpoint.DeregisterAllAsync)
            .Describe("deregisterAll", "Deregister everything of the caller's pod.").Reads<ActingFor>()
            .AnswersNothing("Nothing of the pod is registered any more.")
            .Refuses(ProblemSets.Writing);
        registrations.MapMethods("/registrations/{id}", Reads, endpoint.FindAsync)
            .Describe("findRegistration", "One registration.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .Answers<Instance>("The instance.")
            .Refuses(ProblemSets.Acting);
        registrations.MapPatch("/registrations/{id}", endpoint.PatchAsync)
            .Describe(
                "changeRegistration",
                "Merge-patch status, weight and metadata; with drain=wait, answered when no subscriber is sent it as UP any more.")
            .Reads<RegistrationRoute>().Reads<ActingFor>().Reads<Draining>()
            .Takes<RegistrationChange>(ChangeExample, MediaTypes.MergePatch, MediaTypes.Json)
            .Answers<ChangedInstance>("The instance.")
            .Refuses([.. ProblemSets.Writing, .. ProblemSets.Body, RefusalCodes.InvalidRegistration, RefusalCodes.NameReserved]);
        registrations.MapDelete("/registrations/{id}", endpoint.DeregisterAsync)
            .Describe("deregister", "Deregister; also when already gone.").Reads<RegistrationRoute>().Reads<ActingFor>()
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
            .Describe("listServices", "Which services there are, with their instances counted by status.").Reads<CatalogParameters>()
            .Answers<ServiceList>("A page of them.")
            .Refuses(ProblemSets.Reading);
        services.MapMethods(RouteService.Pattern + "/instances", Reads, lookup.LookUpAsync)
            .Describe("lookUp", "Look a service up; with index, wait until it changes.")
            .Reads<ServiceRoute>().Reads<Qualifiers>().Reads<Filters>().Reads<Waiting>()
            .Answers<Lookup>("The instances; none where nothing of that name is known.")
            .AnswersNothing("Nothing changed since the ETag of `If-None-Match`.", StatusCodes.Status304NotModified)
            .Refuses([.. ProblemSets.Reading, RefusalCodes.RevisionNotReached]);
        services.MapMethods(RouteService.Pattern + "/instances/{id}", Reads, lookup.FindOneAsync)
            .Describe("findInstance", "One instance.").Reads<ServiceRoute>().Reads<InstanceRoute>()
            .Answers<Instance>("The instance, whatever its status.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NotFound]);
        services.MapMethods(RouteService.Pattern + "/pick", Reads, lookup.PickAsync)
            .Describe("pick", "One instance, chosen.").Reads<ServiceRoute>().Reads<Picking>().Reads<Qualifiers>().Reads<Filters>()
            .Answers<Instance>("The instance.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NoInstance]);
        services.MapMethods(RouteService.Pattern + "/dns", Reads, routes.ServiceProvider.GetRequiredService<ServiceDnsEndpoint>().FindAsync)
            .Describe("findDnsRecords", "The DNS records of the Kubernetes Service of that name, to be kept for the day the registry is away.")
            .Reads<ServiceRoute>()
            .Answers<ServiceDns>("The records.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NotFound]);
    }

    public static void MapWatches(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<WatchEndpoint>();
        var watches = routes.MapGroup("").WithTags("Streams");
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

    public static void MapDubbo(this IEndpointRouteBuilder routes)
    {
        var dubbo = routes.MapGroup("/namespaces/{ns}/dubbo").WithTags("Dubbo");
        var views = routes.ServiceProvider.GetRequiredService<DubboViewsEndpoint>();
        dubbo.MapMethods("/interfaces", Reads, views.ListAsync)
            .Describe("listInterfaces", "Which Dubbo interfaces there are, provided or consumed.")
            .Reads<NamespaceRoute>().Reads<InterfaceParameters>()
            .Answers<DubboInterfaces>("The interfaces.")
            .Refuses(ProblemSets.Reading);
        dubbo.MapMethods("/interfaces/{interface}/providers", Reads, views.FindProvidersAsync)
            .Describe("findProviders", "The providers of an interface, as URLs that a Dubbo consumer can use as they are.")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<DubboQualifiers>().Reads<Filters>().Reads<Waiting>()
            .Answers<DubboProviders>("The providers.")
            .AnswersNothing("Nothing changed since the ETag of `If-None-Match`.", StatusCodes.Status304NotModified)
            .Refuses([.. ProblemSets.Reading, RefusalCodes.RevisionNotReached]);
        dubbo.MapGet("/interfaces/{interface}/providers/watch", views.WatchProvidersAsync)
            .Describe("watchProviders", "The same as Server-Sent Events: snapshot, then added, modified, removed.")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<DubboQualifiers>().Reads<Filters>().Reads<StreamBounds>()
            .Streams<DubboProviders, DubboProvider>()
            .Refuses(ProblemSets.Reading);
        dubbo.MapMethods("/interfaces/{interface}/consumers", Reads, views.FindConsumersAsync)
            .Describe("findConsumers", "The pods that say that they consume an interface (dubbo-go).")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<DubboQualifiers>()
            .Answers<DubboConsumers>("The consumers.")
            .Refuses(ProblemSets.Reading);
        dubbo.MapMethods("/applications/{app}/instances", Reads, views.FindInstancesAsync)
            .Describe("findApplicationInstances", "The instances of an application with the flat metadata map of Dubbo 3.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<Qualifiers>().Reads<Filters>().Reads<Waiting>()
            .Answers<DubboApplication>("The instances.")
            .AnswersNothing("Nothing changed since the ETag of `If-None-Match`.", StatusCodes.Status304NotModified)
            .Refuses([.. ProblemSets.Reading, RefusalCodes.RevisionNotReached]);
        dubbo.MapGet("/applications/{app}/instances/watch", views.WatchInstancesAsync)
            .Describe("watchApplicationInstances", "The same as Server-Sent Events.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<Qualifiers>().Reads<Filters>().Reads<StreamBounds>()
            .Streams<DubboApplication, DubboApplicationInstance>()
            .Refuses(ProblemSets.Reading);
        dubbo.MapMetadataCenter(routes.ServiceProvider.GetRequiredService<DubboCenterEndpoint>());
    }

    private static void MapHeartbeats(this IEndpointRouteBuilder registrations, RegistrationEndpoint endpoint)
    {
        registrations.MapPut("/registrations/{id}/heartbeat", endpoint.HeartbeatAsync)
            .Describe("heartbeat", "Renew the lease of a registration that has a ttl.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .AnswersNothing("Renewed.")
            .Refuses([.. ProblemSets.Acting, RefusalCodes.NoLease, RefusalCodes.LeasesOff]);
        registrations.MapPost("/registrations/{id}/heartbeat", endpoint.HeartbeatAsync)
            .Describe("heartbeatByPost", "The same for HTTP stacks without PUT.").Reads<RegistrationRoute>().Reads<ActingFor>()
            .AnswersNothing("Renewed.")
            .Refuses([.. ProblemSets.Acting, RefusalCodes.NoLease, RefusalCodes.LeasesOff]);
    }

    private static void MapMetadataCenter(this IEndpointRouteBuilder dubbo, DubboCenterEndpoint center)
    {
        dubbo.MapPut("/metadata/{app}/{revision}", center.PutMetadataAsync)
            .Describe("putMetadata", "Keep the MetadataInfo of a revision; for a pod that has registered the application.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<MetadataRoute>().Reads<ActingFor>()
            .Takes<DubboMetadata>(MetadataExample)
            .AnswersNothing("Kept as long as a registration names it.")
            .Refuses([.. ProblemSets.Acting, .. ProblemSets.Body, RefusalCodes.InvalidMetadata, RefusalCodes.NameReserved]);
        dubbo.MapMethods("/metadata/{app}/{revision}", Reads, center.FindMetadataAsync)
            .Describe("findMetadata", "The MetadataInfo of a revision, as it was put.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<MetadataRoute>()
            .Answers<DubboMetadata>("The MetadataInfo.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NotFound]);
        dubbo.MapPut("/mapping/{interface}", center.PutMappingAsync)
            .Describe("putMapping", "Add applications that provide an interface; for a pod that has registered them.")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<ActingFor>()
            .Takes<DubboMappingBody>(MappingExample)
            .Answers<DubboMapping>("All applications that provide it.")
            .Refuses([.. ProblemSets.Acting, .. ProblemSets.Body, RefusalCodes.InvalidMetadata, RefusalCodes.NameReserved]);
        dubbo.MapMethods("/mapping/{interface}", Reads, center.FindMappingAsync)
            .Describe("findMapping", "Which applications provide an interface.").Reads<NamespaceRoute>().Reads<InterfaceRoute>()
            .Answers<DubboMapping>("All applications that provide it.")
            .Refuses(ProblemSets.Reading);
    }
}
