using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Api.Facades;
using Gateway.Api.Facades.Consul;
using Gateway.Api.Facades.Dubbo;
using Gateway.Api.Facades.Eureka;
using Gateway.Api.Facades.Nacos;
using Gateway.Api.Facades.Prometheus;
using Gateway.Api.Facades.Spring;
using Gateway.Api.Operations;
using Gateway.Core;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Consumers;
using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Election;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.SelfCheck;
using Gateway.Core.Subscriptions;
using Gateway.Core.Supervision;
using Gateway.Core.Upkeep;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Api.Hosting;

/// <summary>Registers the gateway's services, floor by floor.</summary>
internal static class GatewayServices
{
    public static void AddGateway(this IServiceCollection services, GatewaySettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton(settings.Kubernetes);
        services.AddSingleton(settings.Annotations);
        services.AddSingleton(settings.History);
        services.AddSingleton(settings.Consumers);
        services.AddSingleton(settings.Identity);
        services.AddSingleton(settings.Access);
        services.AddSingleton(settings.Leases);
        services.AddSingleton(settings.Redis);
        services.AddSingleton(settings.Election);
        services.AddSingleton(settings.NameMapping);
        services.AddSingleton(settings.Applications);
        services.AddSingleton(settings.Registration);
        services.AddSingleton(settings.Subscriptions);
        services.AddSingleton(settings.Limits);
        services.AddGatewayMetrics();
        services.TryAddSingleton(new SupervisionOptions());
        services.AddSingleton<LoopSupervisor>();
        services.AddSingleton<Staleness>();

        AddCluster(services);
        AddRegistry(services, settings);
        AddIdentity(services);
        AddRegistration(services, settings);
        services.AddSingleton<SubscriptionHub>();
        services.AddGatewayEndpoints();
        services.AddDubboEndpoints();
        services.AddFacades(settings.Facades);
        services.AddSpringFacade();
        services.AddPrometheusFacade();
        services.AddEureka();
        if (settings.Facades.Consul)
            services.AddConsul();
        services.AddNacos();

        // The order matters: the emulated cluster starts before its clients.
        if (settings.StartsEmulator)
            services.AddInProcessEmulator();
        if (settings.ChecksItself)
            AddFence(services, settings);
        services.AddSingleton<RegistryPipeline>();
        services.AddHostedService<BackgroundLoops>();
        services.AddHostedService<StreamShutdown>();
        services.AddHostedService<ClearTextWarning>();
    }

    private static void AddFence(IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(provider =>
        {
            var leases = provider.GetRequiredService<LeaderElection>().Namespace;
            var api = provider.GetRequiredService<KubernetesApi>();
            return new SelfChecker(
                api, api, settings.OwnPod, [.. NeededRights.Of(settings.Kubernetes, leases, settings.Election.Name, settings.Registration.Events)],
                settings.Annotations, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SelfChecker>>());
        });
    }

    private static void AddCluster(IServiceCollection services)
    {
        services.AddSingleton<PodRecordReader>(static provider => new PodRecordReader(provider.GetRequiredService<AnnotationOptions>()));
        services.TryAddSingleton(static provider => ClusterConnection.Open(
            provider.GetRequiredService<KubernetesOptions>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ClusterConnection>>()));
        services.AddSingleton(static provider => new KubernetesApi(
            provider.GetRequiredService<ClusterConnection>(), provider.GetRequiredService<KubernetesOptions>(),
            provider.GetRequiredService<GatewayMetrics>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<PodRecordReader>().KeepsKey));
        services.AddSingleton<IPodApi>(static provider => provider.GetRequiredService<KubernetesApi>());
        services.AddSingleton<IReviewApi>(static provider => provider.GetRequiredService<KubernetesApi>());
        services.AddSingleton(static provider => new ClusterInformers(
            provider.GetRequiredService<KubernetesApi>(), provider.GetRequiredService<KubernetesOptions>(),
            provider.GetRequiredService<GatewayMetrics>(), provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetService<ReflectorOptions>()));
        services.AddSingleton(static provider => provider.GetRequiredService<ClusterInformers>().Cache);
        services.AddSingleton<IClusterView, ClusterView>();
    }

    private static void AddRegistry(IServiceCollection services, GatewaySettings settings)
    {
        if (settings.Redis.IsUsed)
            services.AddShared();
        else
            services.AddSingleton<IPostLog, MemoryPostLog>();
        if (!settings.Leases.Enabled)
            services.AddSingleton<ILeaseStore, NoLeases>();
        else if (settings.Redis.IsUsed)
            services.AddSharedLeases();
        else
            services.AddSingleton<ILeaseStore>(static provider =>
            {
                var store = new MemoryLeaseStore(provider.GetRequiredService<LoopSupervisor>(), provider.GetRequiredService<TimeProvider>());
                provider.GetRequiredService<GatewayMetrics>().ObserveLeases(() => store.Count);
                return store;
            });
        services.AddSingleton(static provider => new RegistryState(
            new RevisionLayout(provider.GetRequiredService<KubernetesOptions>().Namespaces), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static provider => RegistryFeeds.Of(provider.GetRequiredService<ClusterCache>()) with
        {
            WatchesEveryPod = string.IsNullOrEmpty(provider.GetRequiredService<KubernetesOptions>().PodSelector),
            ReservesNames = provider.GetRequiredService<AccessOptions>().Register == RegisterAccess.Namespace,
        });
        if (settings.Redis.IsUsed)
            services.AddSharedApplications();
        else
            services.AddSingleton<IApplicationStore, MemoryApplicationStore>();
        services.AddSingleton<DubboMetadataExpiry>();
        services.AddSingleton<NameMapping>();
        services.AddSingleton<RegistryHistory>();
        services.AddSingleton<GoneAliases>();
        services.AddSingleton<RegistryProjector>();
        services.AddSingleton<ServiceWaiter>();
        services.AddSingleton<InstancePicker>();
    }

    private static void AddIdentity(IServiceCollection services)
    {
        services.AddSingleton<ReviewCalls>();
        services.AddSingleton<LivePods>();
        services.AddSingleton<TokenAuthenticator>();
        services.AddSingleton<ClientAddressReader>();
        services.AddSingleton<SourceAddressIdentifier>();
        services.AddSingleton<AccessReviewer>();
        services.AddSingleton<CallerResolver>();
        services.AddSingleton<WriteLimit>();
        services.AddSingleton<RefusalForms>();
        services.AddSingleton<WorkLimit>();
        services.AddSingleton<StreamLimit>();
        services.AddSingleton<ListReviewLimit>();
        services.AddSingleton<ConnectionLimit>();
        services.AddSingleton<ConsumerNotes>();
        services.AddSingleton<ConsumerJudge>();
        services.AddSingleton<ConsumerDirectory>();
        services.AddSingleton<ConsumerRecorder>();
    }

    private static void AddRegistration(IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton<IPodSearch, LivePodSearch>();
        services.AddSingleton<MissLimit>();
        services.AddSingleton<RegistrationSearch>();
        services.AddSingleton<NameRule>();
        services.AddSingleton<RegistrationAccess>();
        services.AddSingleton<RegistrationReader>();
        services.AddSingleton<AliasReader>();
        services.AddSingleton<RegistrationLeases>();
        services.AddSingleton<RegistrationEdits>();
        services.AddSingleton<MirrorSettings>();
        services.AddSingleton<PodPlanner>();
        services.AddSingleton<PodPatcher>();
        services.AddSingleton<PodAnnotationWriter>();
        services.AddSingleton<WriteVisibility>();
        if (settings.Registration.Events)
            services.AddSingleton<RegistrationEvents>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RegistrationAudit>(provider, settings.Registration.ShortAudit ?? settings.IsLocal));
        services.AddSingleton<RegistrationService>();
        services.AddSingleton<ApplicationAccess>();
        services.AddSingleton<RestartConfirmer>();
        services.AddSingleton<LeaderElection>();
        services.AddSingleton<ILeadership>(static provider => provider.GetRequiredService<LeaderElection>());
        services.AddSingleton<LeaseCleaner>();
        services.AddSingleton<MirrorRepair>();
        services.AddSingleton<WipedAnnotationRestorer>();
    }
}
