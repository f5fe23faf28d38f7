using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;

namespace Gateway.Api.Facades.Nacos;

/// <summary>One instance as a call names and describes it; what is not said is null.</summary>
internal sealed record NacosInstanceForm(NacosName Name, string Ip, int Port, string Cluster)
{
    private const int DefaultTimeout = 15_000;
    private const string ProtocolKey = "protocol";

    public int? Weight { get; init; }
    public bool? IsHealthy { get; init; }
    public bool? IsEnabled { get; init; }
    public bool IsEphemeral { get; init; } = true;
    public ImmutableSortedDictionary<string, string>? Metadata { get; init; }

    public string Id => Name.IdOf(Ip, Port, Cluster);

    /// <summary>Of no meaning where the parameters have a fault then.</summary>
    public static NacosInstanceForm Read(NacosParameters parameters)
    {
        var named = ReadNamed(parameters);
        var metadata = parameters.Text("metadata");
        var read = NacosMetadata.Read(metadata, out var fault);
        if (fault is not null)
            parameters.Refuse(fault);
        return named with
        {
            Weight = parameters.Weight(),
            IsHealthy = parameters.Boolean("healthy", "valid"),
            IsEnabled = parameters.Boolean("enabled", "enable"),
            IsEphemeral = parameters.Boolean("ephemeral") ?? true,
            Metadata = metadata is null ? null : read,
        };
    }

    /// <summary>The instance alone: what it is to be is not read.</summary>
    public static NacosInstanceForm ReadNamed(NacosParameters parameters) =>
        new(parameters.Name(), parameters.Required("ip"), parameters.RequiredPort(), ReadCluster(parameters, null));

    public static NacosInstanceForm Of(NacosName name, NacosBeat beat, string cluster) =>
        new(name, beat.Ip, beat.Port, cluster) { Weight = beat.Weight, Metadata = beat.Metadata };

    /// <summary>The cluster that a beat names, or a parameter.</summary>
    public static string ReadCluster(NacosParameters parameters, NacosBeat? beat)
    {
        var cluster = beat?.Cluster ?? parameters.Text("clusterName", "cluster") ?? NacosName.DefaultCluster;
        // Lists are asked for by clusters with commas between them.
        if (!RegistrationRules.IsQualifier(cluster))
            parameters.Refuse(NacosFault.Invalid(
                $"Instance 'clusterName' should be characters with only {RegistrationRules.NameCharacters}, at most {RegistrationRules.MaxQualifierLength}", NacosFault.InstanceInvalid));
        return cluster;
    }

    public ClientRegistration ToRegistration()
    {
        var metadata = Metadata ?? NacosMetadata.None;
        return new ClientRegistration
        {
            Protocol = NacosHost.Protocol,
            Id = Id,
            Service = Name.Service,
            Port = Port,
            Group = Name.OwnGroup,
            Transport = TransportOf(metadata),
            Metadata = metadata,
            Weight = Weight ?? RegistrationRules.DefaultWeight,
            Address = Ip,
            Ttl = IsEphemeral ? TtlOf(metadata) : null,
            State = IsEnabled == false ? ClientState.Disabled : IsHealthy == false ? ClientState.Down : null,
            Detail = new NacosDetail(Cluster, IsEphemeral).Write(),
        };
    }

    // Dubbo says its protocol, Spring Cloud Alibaba that its port speaks TLS.
    private static string TransportOf(ImmutableSortedDictionary<string, string> metadata) =>
        metadata.TryGetValue(ProtocolKey, out var protocol) && RegistrationRules.IsProtocol(protocol) ? protocol
        : metadata.TryGetValue("secure", out var secure) && NacosParameters.TryBoolean(secure, out var isSecure) && isSecure ? "https"
        : RegistrationRules.DefaultProtocol;

    private static int TtlOf(ImmutableSortedDictionary<string, string> metadata) =>
        (int)Math.Clamp((NacosMetadata.Milliseconds(metadata, NacosMetadata.HeartBeatTimeout, DefaultTimeout) + 999) / 1000, 1, RegistrationRules.MaxTtl);
}
