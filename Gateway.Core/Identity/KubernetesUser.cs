using System.Collections.Frozen;
using System.Collections.Immutable;
using k8s.Models;

namespace Gateway.Core.Identity;

/// <summary>A user as the API server named it (authentication.k8s.io/v1 UserInfo); an access review is asked with all four.</summary>
public sealed record KubernetesUser(
    string Username, string? Uid, ImmutableArray<string> Groups, IReadOnlyDictionary<string, ImmutableArray<string>> Extra)
{
    /// <summary>In <see cref="Extra"/>, of a token that is bound to a pod.</summary>
    public const string PodNameKey = "authentication.kubernetes.io/pod-name";

    /// <inheritdoc cref="PodNameKey"/>
    public const string PodUidKey = "authentication.kubernetes.io/pod-uid";

    private const string ServiceAccountPrefix = "system:serviceaccount:";

    public static readonly IReadOnlyDictionary<string, ImmutableArray<string>> NoExtra =
        FrozenDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The user that a pod's token would name: its service account, with the groups that every one of them is in.</summary>
    public static KubernetesUser OfServiceAccount(string ns, string name) =>
        new($"{ServiceAccountPrefix}{ns}:{name}", null, ["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"], NoExtra);

    /// <summary>The user of a TokenReview. Its name is "" where the API server named none.</summary>
    public static KubernetesUser Of(V1UserInfo? user) => new(
        user?.Username ?? "",
        string.IsNullOrEmpty(user?.Uid) ? null : user.Uid,
        Texts(user?.Groups),
        user?.Extra is { } extra ? extra.ToImmutableDictionary(static entry => entry.Key, static entry => Texts(entry.Value)) : NoExtra);

    /// <summary>The namespace of <c>system:serviceaccount:namespace:name</c>; null for any other user.</summary>
    public string? ServiceAccountNamespace
    {
        get
        {
            if (!Username.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal))
                return null;
            var rest = Username.AsSpan(ServiceAccountPrefix.Length);
            var colon = rest.IndexOf(':');
            return colon > 0 && rest[(colon + 1)..].IndexOf(':') < 0 && colon + 1 < rest.Length ? rest[..colon].ToString() : null;
        }
    }

    private static ImmutableArray<string> Texts(IEnumerable<string?>? values) => values is null ? [] : [.. values.Select(static value => value ?? "")];
}
