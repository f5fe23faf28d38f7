namespace Gateway.Api.Facades;

/// <summary>What all facades share.</summary>
internal static class FacadeServices
{
    public static void AddFacades(this IServiceCollection services, FacadeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<FacadeGate>();
        services.AddSingleton<ClientRegistrations>();
        services.AddSingleton<FacadeReader>();
        services.AddSingleton<FacadeAnswers>();
        services.AddSingleton<FacadeMetrics>();
    }
}
