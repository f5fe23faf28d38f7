using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Authentication;

/// <summary>Issues and authenticates service-account tokens, as the real server's signer and validator do.</summary>
internal sealed class TokenAuthority(ObjectStorage storage, TimeProvider time, string issuer) : IDisposable
{
    // The real validator's leeway for a token whose pod is already being deleted.
    private static readonly TimeSpan DeletionLeeway = TimeSpan.FromSeconds(60);

    private readonly SigningKey _key = new();

    public string Issuer { get; } = issuer;

    /// <summary>A token of the account for these audiences (none: for the API server itself).</summary>
    public string Issue(StoredObject account, TokenBinding? binding, IReadOnlyList<string> audiences, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        var context = new JsonObject { ["namespace"] = account.Namespace };
        if (binding is not null)
            context[binding.Kind.Singular] = Reference(binding.Name, binding.Uid);
        if (binding?.Kind == ResourceKinds.Pods && storage.Get(ResourceKinds.Pods, account.Namespace, binding.Name) is { } pod
            && (string?)pod.Content["spec"]?["nodeName"] is { Length: > 0 } node)
        {
            context["node"] = Reference(node, storage.Get(ResourceKinds.Nodes, "", node)?.Uid);
        }
        context["serviceaccount"] = Reference(account.Name, account.Uid);
        return _key.Sign(new JsonObject
        {
            ["aud"] = new JsonArray([.. (audiences.Count > 0 ? audiences : [Issuer]).Select(static one => JsonValue.Create(one))]),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = context,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = $"system:serviceaccount:{account.Namespace}:{account.Name}",
        });
    }

    /// <summary>The user of the token, and which of the requested audiences it is valid for. Throws <see cref="TokenFailure"/>.</summary>
    public (UserInfo User, IReadOnlyList<string> Audiences) Authenticate(string token, IReadOnlyList<string> audiences)
    {
        var claims = _key.Verify(token) ?? throw new TokenFailure("invalid bearer token");
        var own = claims["aud"]!.AsArray().Select(static one => (string)one!).ToList();
        var shared = own.Intersect(audiences.Count > 0 ? audiences : [Issuer]).ToList();
        if (shared.Count == 0)
            throw Wrong($"token audiences {Quote(own)} is invalid for the target audiences {Quote(audiences.Count > 0 ? audiences : [Issuer])}");
        if (time.GetUtcNow().ToUnixTimeSeconds() > (long)claims["exp"]!)
            throw Wrong("service account token has expired");

        var context = claims["kubernetes.io"]!.AsObject();
        var ns = (string)context["namespace"]!;
        var account = CheckAccount(ns, context["serviceaccount"]!.AsObject());
        var extra = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["authentication.kubernetes.io/credential-id"] = ["JTI=" + (string)claims["jti"]!],
        };
        AddReference(extra, context, "pod");
        AddReference(extra, context, "node");
        CheckBinding(ns, context, ResourceKinds.Pods);
        if (context["pod"] is null)
            CheckBinding("", context, ResourceKinds.Nodes);
        string[] groups = ["system:serviceaccounts", "system:serviceaccounts:" + ns, "system:authenticated"];
        return (new UserInfo((string)claims["sub"]!, account.Uid, groups, extra), shared);
    }

    public void Dispose() => _key.Dispose();

    private StoredObject CheckAccount(string ns, JsonObject reference)
    {
        var account = storage.Get(ResourceKinds.ServiceAccounts, ns, (string)reference["name"]!) ?? throw Invalidated();
        if (account.Uid != (string?)reference["uid"])
            throw Wrong($"service account UID ({account.Uid}) does not match claim ({(string?)reference["uid"]})");
        return account;
    }

    private void CheckBinding(string ns, JsonObject context, ResourceKind kind)
    {
        if (context[kind.Singular] is not JsonObject reference)
            return;
        var bound = storage.Get(kind, ns, (string)reference["name"]!) ?? throw Invalidated();
        if (bound.Uid != (string?)reference["uid"])
            throw Wrong($"{kind.Singular} UID ({bound.Uid}) does not match service account {kind.Singular} ref claim ({(string?)reference["uid"]})");
        if (DateTimeOffset.TryParse((string?)bound.Content["metadata"]!["deletionTimestamp"], out var deletion) && deletion + DeletionLeeway < time.GetUtcNow())
            throw Invalidated();
    }

    private static void AddReference(SortedDictionary<string, IReadOnlyList<string>> extra, JsonObject context, string name)
    {
        if (context[name] is not JsonObject reference)
            return;
        extra[$"authentication.kubernetes.io/{name}-name"] = [(string)reference["name"]!];
        if ((string?)reference["uid"] is { } uid)
            extra[$"authentication.kubernetes.io/{name}-uid"] = [uid];
    }

    private static JsonObject Reference(string name, string? uid)
    {
        var reference = new JsonObject { ["name"] = name };
        if (uid is not null)
            reference["uid"] = uid;
        return reference;
    }

    private static TokenFailure Invalidated() => Wrong("service account token has been invalidated");

    private static TokenFailure Wrong(string why) => new($"[invalid bearer token, {why}]");

    private static string Quote(IReadOnlyList<string> audiences) => $"[{string.Join(' ', audiences.Select(static one => $"\"{one}\""))}]";
}
