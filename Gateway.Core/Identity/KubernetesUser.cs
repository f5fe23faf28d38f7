using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gateway.Core.Identity;

/// <summary>A user as the API server named it (authentication.k8s.io/v1 UserInfo); an access review is asked with all four.</summary>
public sealed record KubernetesUser(
    string Username, string? Uid, ImmutableArray<string> Groups, IReadOnlyDictionary<string, ImmutableArray<string>> Extra)
{
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    public static readonly IReadOnlyDictionary<string, ImmutableArray<string>> NoExtra =
        FrozenDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The user that a pod's token would name: its service account, with the groups that every one of them is in.</summary>
    public static KubernetesUser OfServiceAccount(string ns, string name) =>
        new($"{ServiceAccountPrefix}{ns}:{name}", null, ["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"], NoExtra);

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
}
