using Gateway.Core.Annotations.Records;
using Gateway.Core.Consumers;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Election;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Saved;

namespace Gateway.Api.Hosting;

/// <summary>Services that share state between replicas, if <c>Redis:Configuration</c> is set.</summary>
internal static class SharedServices
{
    public static void AddShared(this IServiceCollection services)
    {
        services.AddSingleton<RedisConnection>();
        services.AddSingleton<RedisPostLog>();
        services.AddSingleton<IPostLog>(static provider => provider.GetRequiredService<RedisPostLog>());
        services.AddSingleton(static provider => new ReplicaRoster(
            provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ReplicaRoster>>(),
            // Two installations in one cluster have different leaders.
            $"{provider.GetRequiredService<LeaderElection>().Namespace}/{provider.GetRequiredService<ElectionOptions>().Name}"));
        services.AddSingleton<ReplicaQuestions>();
        services.AddSingleton(static provider => new SavedRegistryStore(
            provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<RegistryState>().Layout,
            provider.GetRequiredService<AnnotationOptions>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<RedisOptions>().SharedSecret));
        services.AddSingleton<SavedRegistryWriter>();
        services.AddSingleton<SharedEpochs>();
        services.AddSingleton<SharedConsumers>();
        services.AddSingleton(static provider => new RedisExchange(
            provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<TimeProvider>(), Parts(provider)));
    }

    public static void AddSharedApplications(this IServiceCollection services)
    {
        services.AddSingleton<RedisApplicationStore>();
        services.AddSingleton<IApplicationStore>(static provider => provider.GetRequiredService<RedisApplicationStore>());
    }

    private static IReadOnlyList<IExchanged> Parts(IServiceProvider provider)
    {
        List<IExchanged> parts =
        [
            provider.GetRequiredService<ReplicaRoster>(), provider.GetRequiredService<RedisPostLog>(), provider.GetRequiredService<SharedEpochs>(),
            provider.GetRequiredService<RedisApplicationStore>(), provider.GetRequiredService<ReplicaQuestions>(),
            provider.GetRequiredService<SharedConsumers>(),
        ];
        if (provider.GetService<RedisLeaseStore>() is { } leases)
            parts.Add(leases);
        return parts;
    }

    public static void AddSharedLeases(this IServiceCollection services)
    {
        services.AddSingleton<RedisLeaseStore>();
        services.AddSingleton<ILeaseStore>(static provider => provider.GetRequiredService<RedisLeaseStore>());
    }
}
