using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The spec of a SubjectAccessReview: a user as the TokenReview told him, and what he wants to do. <see cref="Namespace"/> "" is
/// cluster-scoped, <see cref="Name"/> "" any.
/// </summary>
public sealed record AccessReview
{
    public string User { get; init; } = "";
    public string Uid { get; init; } = "";
    public ImmutableArray<string> Groups { get; init; } = [];
    public IReadOnlyDictionary<string, ImmutableArray<string>> Extra { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    public required string Verb { get; init; }

    /// <summary>"" is the core group.</summary>
    public string Group { get; init; } = "";

    public required string Resource { get; init; }
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
}
