using System.Collections.Immutable;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;

namespace Gateway.Api.Facades;

/// <summary>What a client of another registry registers, in our terms. Values are as the client said them; the shared part judges them.</summary>
internal sealed record ClientRegistration
{
    public required string Protocol { get; init; }

    /// <summary>The client's id, byte for byte.</summary>
    public required string Id { get; init; }

    public required string Service { get; init; }
    public required int Port { get; init; }

    /// <summary>Further names under which its protocol shows it to those who look up: the rule of names holds for each.</summary>
    public IReadOnlyCollection<string> AlsoNamed { get; init; } = [];

    public string Group { get; init; } = "";
    public string Version { get; init; } = "";

    /// <summary>The protocol spoken at the port: http, https, tcp, grpc ...</summary>
    public string Transport { get; init; } = "http";

    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>In our scale: 100 is 1.0 in Nacos and 1 in Consul.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>As the client says it; null: it says none.</summary>
    public string? Address { get; init; }

    /// <summary>The protocol's time-out in seconds; it counts only with <c>Facades:Leases</c>.</summary>
    public int? Ttl { get; init; }

    /// <summary>Null: up.</summary>
    public ClientState? State { get; init; }

    /// <summary>The facade's own compact JSON.</summary>
    public string? Detail { get; init; }

    public IReadOnlyList<PortBody>? Ports { get; init; }

    /// <summary>
    /// State and detail where the pod has a registration of that id already, by what it is when this is written: clients register again and again, and mean
    /// no change. Null: as said.
    /// </summary>
    public Func<RegistrationRecord, (ClientState? State, string? Detail)>? Keeps { get; init; }
}

/// <summary>A state that a client says of itself and that keeps it out of rotation.</summary>
internal enum ClientState
{
    Down,
    Starting,
    OutOfService,
    Critical,
    Warning,
    Maintenance,
    Disabled,
}

/// <summary>The outcome of a heartbeat.</summary>
internal enum BeatOutcome
{
    Renewed,

    /// <summary>Deregistered within the last 30 s, or its pod terminates: answered as if it were known, and nothing is created.</summary>
    Removed,

    Unknown,
}
