using System.Text.Json;

namespace Gateway.Core.Kubernetes.Client;

public sealed partial class KubernetesApi
{
    public async Task<TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken) =>
        await ReviewAsync("authentication.k8s.io", "tokenreviews", ReviewJson.Write(token, audience), ReviewJson.ReadTokenStatus, cancellationToken);

    public async Task<bool> ReviewAccessAsync(AccessReview review, CancellationToken cancellationToken) =>
        await ReviewAsync("authorization.k8s.io", "subjectaccessreviews", ReviewJson.Write(review), ReviewJson.ReadAllowed, cancellationToken);

    public async Task<bool> ReviewOwnAccessAsync(AccessReview review, CancellationToken cancellationToken) =>
        await ReviewAsync("authorization.k8s.io", "selfsubjectaccessreviews", ReviewJson.WriteOwn(review), ReviewJson.ReadAllowed,
            cancellationToken);

    private async Task<TResult> ReviewAsync<TResult>(string group, string plural, byte[] body, Func<JsonElement, TResult> read,
        CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Post, "create", plural, $"apis/{group}/v1/{plural}") { Content = body };
        var answer = await _clients.ActAsync(call, MaxObjectBytes, cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(answer);
            return read(document.RootElement.GetProperty("status"));
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw ApiFailure.Unreadable(call, failure.Message, failure);
        }
    }
}
