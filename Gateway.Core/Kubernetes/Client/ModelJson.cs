using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The JSON of KubernetesClient's models that are in use. The library's own context describes every model that there is; a kind that is
/// missing here fails at its first use.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(V1Status))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    /// <summary>Throws <see cref="JsonException"/> when the body is not a Status.</summary>
    public static V1Status ReadStatus(ReadOnlySpan<byte> body) =>
        JsonSerializer.Deserialize(body, Default.V1Status) is { Kind: "Status" } status
            ? status
            : throw new JsonException("The object is not a Status.");

    /// <summary>Null when the body is not a Status, e.g. a proxy's error page.</summary>
    public static V1Status? TryReadStatus(ReadOnlySpan<byte> body)
    {
        try
        {
            return ReadStatus(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
