using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Api.OpenApi;
using Gateway.Api.OpenApi.Parameters;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Dubbo;

/// <summary>The routes of the Dubbo facade: lookups and streams of Dubbo consumers, and the metadata center of Dubbo 3.</summary>
internal static class DubboRoutes
{
    private const string MetadataExample =
        """
        {"app":"com.example.PriceService","revision":"4638952ef6ef27a221876e117341e395","services":{"com.example.PriceService:1.0.0:dubbo":
        {"name":"com.example.PriceService","version":"1.0.0","protocol":"dubbo","port":20880,"path":"com.example.PriceService",
        "params":{"side":"provider"}}}}
        """;

    private const string MappingExample = """{"applications":["com.example.PriceService"]}""";

    public static void AddDubboEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<DubboViewsEndpoint>();
        services.AddSingleton<DubboCenterEndpoint>();
    }

    public static void MapDubbo(this IEndpointRouteBuilder routes)
    {
        var dubbo = routes.MapGroup("/namespaces/{ns}/dubbo").WithTags("Dubbo");
        var views = routes.ServiceProvider.GetRequiredService<DubboViewsEndpoint>();
        dubbo.MapMethods("/interfaces", GatewayRoutes.Reads, views.ListAsync)
            .Describe("listInterfaces", "List Dubbo interfaces, provided or consumed.")
            .Reads<NamespaceRoute>().Reads<InterfaceParameters>()
            .Answers<DubboInterfaces>("The interfaces.")
            .Refuses(ProblemSets.Reading);
        dubbo.MapMethods("/interfaces/{interface}/providers", GatewayRoutes.Reads, views.FindProvidersAsync)
            .WithMetadata(LightWork.Mark)
            .Describe("findProviders", "List the providers of an interface, as URLs that a Dubbo consumer can use unchanged.")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<DubboQualifiers>().Reads<Filters>().Reads<Waiting>()
            .Answers<DubboProviders>("The providers.")
            .AnswersNothing("Nothing changed since the ETag of `If-None-Match`.", StatusCodes.Status304NotModified)
            .Refuses([.. ProblemSets.Reading, RefusalCodes.RevisionNotReached]);
        dubbo.MapGet("/interfaces/{interface}/providers/watch", views.WatchProvidersAsync)
            .WithMetadata(LightWork.Mark)
            .Describe("watchProviders", "The same as Server-Sent Events: snapshot, then added, modified, removed.")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<DubboQualifiers>().Reads<Filters>().Reads<StreamBounds>()
            .Streams<DubboProviders, DubboProvider>()
            .Refuses(ProblemSets.Reading);
        dubbo.MapMethods("/interfaces/{interface}/consumers", GatewayRoutes.Reads, views.FindConsumersAsync)
            .Describe("findConsumers", "List the pods that declare themselves consumers of an interface (dubbo-go).")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<DubboQualifiers>()
            .Answers<DubboConsumers>("The consumers.")
            .Refuses(ProblemSets.Reading);
        dubbo.MapMethods("/applications/{app}/instances", GatewayRoutes.Reads, views.FindInstancesAsync)
            .WithMetadata(LightWork.Mark)
            .Describe("findApplicationInstances", "The instances of an application with the flat metadata map of Dubbo 3.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<Qualifiers>().Reads<Filters>().Reads<Waiting>()
            .Answers<DubboApplication>("The instances.")
            .AnswersNothing("Nothing changed since the ETag of `If-None-Match`.", StatusCodes.Status304NotModified)
            .Refuses([.. ProblemSets.Reading, RefusalCodes.RevisionNotReached]);
        dubbo.MapGet("/applications/{app}/instances/watch", views.WatchInstancesAsync)
            .WithMetadata(LightWork.Mark)
            .Describe("watchApplicationInstances", "The same as Server-Sent Events.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<Qualifiers>().Reads<Filters>().Reads<StreamBounds>()
            .Streams<DubboApplication, DubboApplicationInstance>()
            .Refuses(ProblemSets.Reading);
        dubbo.MapMetadataCenter(routes.ServiceProvider.GetRequiredService<DubboCenterEndpoint>());
    }

    private static void MapMetadataCenter(this IEndpointRouteBuilder dubbo, DubboCenterEndpoint center)
    {
        dubbo.MapPut("/metadata/{app}/{revision}", center.PutMetadataAsync)
            .Describe("putMetadata", "Store the MetadataInfo of a revision; for a pod that has registered the application.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<MetadataRoute>().Reads<ActingFor>()
            .Takes<DubboMetadata>(MetadataExample)
            .AnswersNothing("Stored; it is kept as long as a registration names it.")
            .Refuses([.. ProblemSets.Acting, .. ProblemSets.Body, RefusalCodes.InvalidMetadata, RefusalCodes.NameReserved, RefusalCodes.Conflict]);
        dubbo.MapMethods("/metadata/{app}/{revision}", GatewayRoutes.Reads, center.FindMetadataAsync)
            .Describe("findMetadata", "The MetadataInfo of a revision, unchanged.")
            .Reads<NamespaceRoute>().Reads<ApplicationRoute>().Reads<MetadataRoute>()
            .Answers<DubboMetadata>("The MetadataInfo.")
            .Refuses([.. ProblemSets.Reading, RefusalCodes.NotFound]);
        dubbo.MapPut("/mapping/{interface}", center.PutMappingAsync)
            .Describe("putMapping", "Add applications that provide an interface; for a pod that has registered them.")
            .Reads<NamespaceRoute>().Reads<InterfaceRoute>().Reads<ActingFor>()
            .Takes<DubboMappingBody>(MappingExample)
            .Answers<DubboMapping>("All applications that provide it.")
            .Refuses([.. ProblemSets.Acting, .. ProblemSets.Body, RefusalCodes.InvalidMetadata, RefusalCodes.NameReserved]);
        dubbo.MapMethods("/mapping/{interface}", GatewayRoutes.Reads, center.FindMappingAsync)
            .Describe("findMapping", "List the applications that provide an interface.").Reads<NamespaceRoute>().Reads<InterfaceRoute>()
            .Answers<DubboMapping>("All applications that provide it.")
            .Refuses(ProblemSets.Reading);
    }
}
