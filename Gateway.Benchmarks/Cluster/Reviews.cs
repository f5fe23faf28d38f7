using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Cluster;

/// <summary>Tokens of pods, and reviews that accept them all.</summary>
internal static class Reviews
{
    private const string Audience = "registry-gateway";

    /// <summary>A token as a service account's, bound to the pod; <paramref name="serial"/> makes it another one.</summary>
    public static string Token(int pod, int serial)
    {
        var payload = string.Create(CultureInfo.InvariantCulture,
            $$$"""{"aud":["{{{Audience}}}"],"exp":4102444800,"iss":"bench","jti":"{{{serial}}}","sub":"system:serviceaccount:shop:default","kubernetes.io":{"namespace":"{{{ClusterShape.Namespace}}}","node":{"name":"node-01"},"pod":{"name":"{{{PodTemplate.NameOf(pod)}}}","uid":"{{{PodTemplate.UidOf(pod)}}}"},"serviceaccount":{"name":"default","uid":"5c5eadc7-4785-4949-b138-000000000000"} } }""");
        return $"{Text("""{"alg":"RS256","kid":"bench"}""")}.{Text(payload)}.{new string('A', 342)}";
    }

    public static async Task AnswerAsync(HttpContext context)
    {
        var review = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        review["status"] = (string?)review["kind"] == "TokenReview" ? Accepted((string)review["spec"]!["token"]!) : new JsonObject { ["allowed"] = true };
        await FakeApiServer.JsonAsync(context, review, 201);
    }

    private static JsonObject Accepted(string token)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]));
        var bound = payload.RootElement.GetProperty("kubernetes.io").GetProperty("pod");
        return new JsonObject
        {
            ["authenticated"] = true,
            ["audiences"] = new JsonArray(Audience),
            ["user"] = new JsonObject
            {
                ["username"] = "system:serviceaccount:shop:default",
                ["uid"] = "5c5eadc7-4785-4949-b138-000000000000",
                ["groups"] = new JsonArray("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
                ["extra"] = new JsonObject
                {
                    ["authentication.kubernetes.io/pod-name"] = new JsonArray(bound.GetProperty("name").GetString()),
                    ["authentication.kubernetes.io/pod-uid"] = new JsonArray(bound.GetProperty("uid").GetString()),
                },
            },
        };
    }

    private static string Text(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
