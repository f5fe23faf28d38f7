using System.Text.Json.Nodes;
using Gateway.Emulator.Authentication;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Reviews;

/// <summary>Issues tokens: <c>serviceaccounts/{name}/token</c>, as called by kubelets and <c>kubectl create token</c>.</summary>
internal sealed class TokenRequestVerb(EmulatedCluster cluster)
{
    private const long LeastSeconds = 600;

    public async Task HandleAsync(ApiRequest request)
    {
        var body = await ManifestReader.ReadAsync(request.Context, "TokenRequest", "authentication.k8s.io/v1");
        var account = cluster.Storage.Get(ResourceKinds.ServiceAccounts, request.Path.Namespace, request.Path.Name)
            ?? throw ApiFailure.NotFound(ResourceKinds.ServiceAccounts, request.Path.Name);
        var spec = body["spec"] as JsonObject ?? [];
        var seconds = (long?)spec["expirationSeconds"] ?? (long)cluster.Options.TokenLifetime.TotalSeconds;
        if (spec["expirationSeconds"] is not null && seconds < LeastSeconds)
        {
            throw ApiFailure.Invalid("authentication.k8s.io", "TokenRequest", "TokenRequest.authentication.k8s.io", "",
                [FieldFault.Invalid("spec.expirationSeconds", $"{seconds}", "may not specify a duration less than 10 minutes")]);
        }
        List<string> audiences = [.. (spec["audiences"] as JsonArray ?? []).Select(static one => (string)one!)];
        if (audiences.Count == 0)
            audiences = [cluster.Tokens.Issuer];
        var lifetime = TimeSpan.FromSeconds(seconds);
        var token = cluster.Tokens.Issue(account, Binding(account, spec["boundObjectRef"] as JsonObject), audiences, lifetime);
        spec["audiences"] = new JsonArray([.. audiences.Select(static one => JsonValue.Create(one))]);
        spec["expirationSeconds"] = seconds;
        spec["boundObjectRef"] = spec["boundObjectRef"]?.DeepClone();
        await Answers.WriteAsync(request.Context, 201, new JsonObject
        {
            ["kind"] = "TokenRequest",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = new JsonObject { ["name"] = account.Name, ["namespace"] = account.Namespace, ["creationTimestamp"] = cluster.Objects.Now },
            ["spec"] = spec.DeepClone(),
            ["status"] = new JsonObject
            {
                ["token"] = token,
                ["expirationTimestamp"] = ObjectWriter.Format(cluster.Time.GetUtcNow() + lifetime),
            },
        });
    }

    private TokenBinding? Binding(StoredObject account, JsonObject? reference)
    {
        if (reference is null)
            return null;
        var name = (string?)reference["name"] ?? "";
        var kind = (string?)reference["kind"] switch
        {
            "Pod" => ResourceKinds.Pods,
            "Node" => ResourceKinds.Nodes,
            var other => throw ApiFailure.BadRequest($"cannot bind token for serviceaccount \"{account.Name}\" to an object of kind \"{other}\""),
        };
        var bound = cluster.Storage.Get(kind, kind.Namespaced ? account.Namespace : "", name) ?? throw ApiFailure.NotFound(kind, name);
        if ((string?)reference["uid"] is { Length: > 0 } uid && uid != bound.Uid)
        {
            throw ApiFailure.Conflict(kind, name,
                $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }
        if (kind == ResourceKinds.Pods && (string?)bound.Content["spec"]?["serviceAccountName"] != account.Name)
            throw ApiFailure.BadRequest($"cannot bind token for serviceaccount \"{account.Name}\" to pod running with different serviceaccount name.");
        return new TokenBinding(kind, name, bound.Uid);
    }
}
