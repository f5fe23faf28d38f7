using System.ComponentModel.DataAnnotations;
using Gateway.Api.OpenApi.Schemas;

namespace Gateway.Api.OpenApi.Parameters;

/// <summary>The service that a path names.</summary>
internal sealed record ServiceRoute
{
    /// <summary>Namespace of the service.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    public required string Ns { get; init; }

    /// <summary>Name of the service.</summary>
    /// <example>orders</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string Name { get; init; }
}

/// <summary>The instance that a path names, behind its service.</summary>
internal sealed record InstanceRoute
{
    /// <summary>Id of the instance, as a lookup shows it.</summary>
    /// <example>7b52009b64fd0a2a49e6d8a939753077</example>
    [RegularExpression(Patterns.Id)]
    public required string Id { get; init; }
}

/// <summary>The registration that a path names.</summary>
internal sealed record RegistrationRoute
{
    /// <summary>Id of the registration, as its POST answered.</summary>
    /// <example>7b52009b64fd0a2a49e6d8a939753077</example>
    [RegularExpression(Patterns.Id)]
    public required string Id { get; init; }
}

/// <summary>The namespace that a path names.</summary>
internal sealed record NamespaceRoute
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    public required string Ns { get; init; }
}

/// <summary>The Dubbo interface that a path names.</summary>
internal sealed record InterfaceRoute
{
    /// <summary>Name of the interface.</summary>
    /// <example>com.example.PriceService</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string Interface { get; init; }
}

/// <summary>The Dubbo application that a path names.</summary>
internal sealed record ApplicationRoute
{
    /// <summary>Name of the application.</summary>
    /// <example>com.example.PriceService</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string App { get; init; }
}

/// <summary>The revision of a Dubbo application that a path names.</summary>
internal sealed record MetadataRoute
{
    /// <summary>`dubbo.metadata.revision` of the application's instances.</summary>
    /// <example>4638952ef6ef27a221876e117341e395</example>
    [RegularExpression(@"^(?!\.{1,2}$)[A-Za-z0-9._:$-]{1,128}$")]
    public required string Revision { get; init; }
}
