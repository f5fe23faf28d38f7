using System.Collections.Immutable;
using Gateway.Api.Callers;
using Gateway.Api.Console;
using Gateway.Api.Facades;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Consumers;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Election;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Redis;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Hosting;

/// <summary>All settings, bound and validated before anything starts. Immutable after the start.</summary>
public sealed record GatewaySettings
{
    public required KubernetesOptions Kubernetes { get; init; }
    public required AnnotationOptions Annotations { get; init; }
    public required HistoryOptions History { get; init; }
    public required ConsumerOptions Consumers { get; init; }
    public required IdentityOptions Identity { get; init; }
    public required AccessOptions Access { get; init; }
    public required LeaseOptions Leases { get; init; }
    public required RedisOptions Redis { get; init; }
    public required ElectionOptions Election { get; init; }
    public required NameMappingOptions NameMapping { get; init; }
    public required ApplicationOptions Applications { get; init; }
    public required RegistrationOptions Registration { get; init; }
    public required SubscriptionOptions Subscriptions { get; init; }
    public required LimitOptions Limits { get; init; }
    public required FacadeOptions Facades { get; init; }
    public required ConsoleOptions Console { get; init; }
    public required EmulatorHostOptions Emulator { get; init; }

    /// <summary>
    /// A gateway on a developer's machine (Development, or mode Kubeconfig, which acts with a person's rights): it listens on loopback unless told
    /// otherwise, and <see cref="Callers.LocalAccess"/> guards it.
    /// </summary>
    public required bool IsLocal { get; init; }

    /// <summary>Names under which a local gateway is served beside localhost and addresses.</summary>
    public required string[] AllowedHosts { get; init; }

    /// <summary>Keys under these sections that no option has, as <see cref="UnknownSettings"/> shows them.</summary>
    public ImmutableArray<string> Unknown { get; init; } = [];

    /// <summary>This process' pod, as the downward API names it (POD_NAMESPACE, POD_NAME); null: not set.</summary>
    public ObjectKey? OwnPod { get; init; }

    /// <summary>
    /// Whether to run the self-check. The emulated cluster grants every right, so there it runs only if the own pod is known.
    /// </summary>
    public bool ChecksItself => Kubernetes.Mode != KubernetesMode.Emulated || OwnPod is not null;

    /// <summary>The emulated cluster runs in this process.</summary>
    public bool StartsEmulator => Kubernetes.Mode == KubernetesMode.Emulated && Emulator.Start;

    /// <summary>Throws <see cref="InvalidConfigurationException"/> with every fault at once.</summary>
    public static GatewaySettings Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var isDevelopment = environment.IsDevelopment();
        var faults = new List<string>();
        var bound = new List<(string Section, Type Options)>();
        var kubernetes = Bind(KubernetesOptions.Section, new KubernetesOptions { Mode = isDevelopment ? KubernetesMode.Emulated : KubernetesMode.InCluster });
        var settings = new GatewaySettings
        {
            Kubernetes = kubernetes,
            IsLocal = isDevelopment || kubernetes.Mode == KubernetesMode.Kubeconfig,
            AllowedHosts = configuration["AllowedHosts"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            Annotations = Bind(AnnotationOptions.Section, new AnnotationOptions()),
            History = Bind(HistoryOptions.Section, new HistoryOptions()),
            Consumers = Bind(ConsumerOptions.Section, new ConsumerOptions()),
            Identity = Bind("Identity", new IdentityOptions { SourceAddress = isDevelopment }),
            Access = Bind("Access", new AccessOptions()),
            Leases = Bind(LeaseOptions.Section, new LeaseOptions()),
            Redis = Bind(RedisOptions.Section, new RedisOptions()),
            Election = Bind(ElectionOptions.Section, new ElectionOptions()),
            NameMapping = Bind(NameMappingOptions.Section, new NameMappingOptions()),
            Applications = Bind(ApplicationOptions.Section, new ApplicationOptions()),
            Registration = Bind(RegistrationOptions.Section, new RegistrationOptions()),
            Subscriptions = Bind(SubscriptionOptions.Section, new SubscriptionOptions()),
            Limits = Bind(LimitOptions.Section, new LimitOptions()),
            Facades = Bind(FacadeOptions.Section, new FacadeOptions
            {
                Eureka = isDevelopment,
                Consul = isDevelopment,
                Nacos = isDevelopment,
                Spring = isDevelopment,
                Prometheus = isDevelopment,
            }),
            Console = Bind(ConsoleOptions.Section, new ConsoleOptions()),
            Emulator = Bind(EmulatorHostOptions.Section, new EmulatorHostOptions()),
            OwnPod = configuration["POD_NAMESPACE"] is { Length: > 0 } ns && configuration["POD_NAME"] is { Length: > 0 } pod ? new ObjectKey(ns, pod) : null,
        };
        // What else pods say was not reviewed by anything.
        if (settings.Access.Register == RegisterAccess.Rbac && settings.Annotations.Formats.Length == 0)
            settings.Annotations.Formats = [InstanceSourceNames.Of(InstanceSource.Gateway), InstanceSourceNames.Of(InstanceSource.Endpoints)];
        if (settings.Kubernetes.Mode == KubernetesMode.Emulated)
        {
            settings.Kubernetes.EmulatorUrl = settings.Emulator.Url;
            if (isDevelopment)
                settings.Identity.AllowDevelopmentAnonymous();
            else if (!settings.Emulator.AllowOutsideDevelopment)
                faults.Add("Kubernetes:Mode is Emulated outside Development. An emulated cluster has no real pods; Emulator:AllowOutsideDevelopment=true allows it.");
            faults.AddRange(settings.Emulator.Validate());
            if (settings.StartsEmulator)
                faults.AddRange(InProcessEmulator.Validate(configuration));
        }

        if (InProcessEmulator.OptionsType is { } emulator)
            bound.Add((EmulatorHostOptions.Section, emulator));
        else
            bound.RemoveAll(static one => one.Section == EmulatorHostOptions.Section);
        settings = settings with { Unknown = UnknownSettings.Find(configuration, bound) };

        // A cluster that runs in this process has no other gateway.
        if (settings.StartsEmulator && !settings.Redis.IsUsed)
            settings.Subscriptions.SingleReplica ??= true;

        faults.AddRange(settings.Kubernetes.Validate());
        faults.AddRange(settings.Annotations.Validate());
        faults.AddRange(settings.History.Validate());
        faults.AddRange(settings.Consumers.Validate());
        faults.AddRange(settings.Identity.Validate());
        faults.AddRange(settings.Access.Validate());
        faults.AddRange(settings.Leases.Validate());
        faults.AddRange(settings.Redis.Validate());
        faults.AddRange(settings.Election.Validate());
        faults.AddRange(settings.NameMapping.Validate());
        faults.AddRange(settings.Applications.Validate());
        faults.AddRange(settings.Registration.Validate());
        faults.AddRange(settings.Subscriptions.Validate());
        faults.AddRange(settings.Limits.Validate());
        faults.AddRange(settings.Facades.Validate());
        if (settings.Facades.Leases && !settings.Leases.Enabled)
            faults.Add("Facades:Leases is true and Leases:Enabled is false: a protocol's time-out counts by a heartbeat lease.");
        return faults.Count == 0 ? settings : throw new InvalidConfigurationException(faults);

        T Bind<T>(string section, T options)
            where T : notnull
        {
            bound.Add((section, typeof(T)));
            try
            {
                configuration.GetSection(section).Bind(options);
            }
            catch (InvalidOperationException unreadable)
            {
                faults.Add($"{section}: {unreadable.Message}");
            }

            return options;
        }
    }
}

/// <summary>The configuration cannot be run with; the message says why, without need of a stack.</summary>
public sealed class InvalidConfigurationException : Exception
{
    /// <param name="faults">A sentence each.</param>
    public InvalidConfigurationException(IReadOnlyList<string> faults)
        : base($"The configuration has {faults.Count} fault(s):{Environment.NewLine}{string.Join(Environment.NewLine, faults.Select(static fault => "  " + fault))}")
    {
        Faults = faults;
    }

    /// <param name="fault">The whole message.</param>
    public InvalidConfigurationException(string fault)
        : base(fault)
    {
        Faults = [fault];
    }

    public IReadOnlyList<string> Faults { get; }
}
