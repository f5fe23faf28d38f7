using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Gateway.Api.OpenApi.Schemas;

namespace Gateway.Api.OpenApi.Parameters;

/// <summary>Whose registrations are listed.</summary>
internal sealed record Listing
{
    /// <summary>Namespace of the pod; without `pod`: of all its pods, for those who may list them. Neither: the caller's own pod.</summary>
    /// <example>shop</example>
    [TryItOut]
    [RegularExpression(Patterns.Namespace)]
    public string? Namespace { get; init; }

    /// <summary>Name of the pod, together with `namespace`.</summary>
    /// <example>carts-1</example>
    [TryItOut]
    [RegularExpression(Patterns.PodName)]
    public string? Pod { get; init; }
}

/// <summary>The pod that a call without a body acts for.</summary>
internal sealed record ActingFor
{
    /// <summary>Namespace of the pod to act for; together with `pod`, or neither of them for the caller's own pod.</summary>
    /// <example>shop</example>
    [TryItOut]
    [RegularExpression(Patterns.Namespace)]
    public string? Namespace { get; init; }

    /// <summary>Name of the pod to act for; together with `namespace`, or neither of them for the caller's own pod.</summary>
    /// <example>carts-1</example>
    [TryItOut]
    [RegularExpression(Patterns.PodName)]
    public string? Pod { get; init; }
}

/// <summary>Whether a change waits until its subscribers know it.</summary>
internal sealed record Draining
{
    /// <summary>`wait`: the answer comes once every subscriber has been sent a state in which the instance is not UP.</summary>
    public DrainMode? Drain { get; init; }

    /// <summary>How long to wait for them; 20s if unset, at most 60s.</summary>
    /// <example>20s</example>
    public string? Timeout { get; init; }
}

/// <summary>How a change waits.</summary>
[JsonConverter(typeof(KebabCaseNames<DrainMode>))]
internal enum DrainMode
{
    Wait,
}

/// <summary>Swagger UI fills the example of this parameter in. The others are left empty: they would narrow what is found.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TryItOutAttribute : Attribute;
