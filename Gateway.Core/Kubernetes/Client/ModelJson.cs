using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The JSON of KubernetesClient's models that are in use. The library's own context describes every model that there is; a kind that is
/// missing here fails at its first use.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(V1Status))]
[JsonSerializable(typeof(V1TokenReview))]
[JsonSerializable(typeof(V1SubjectAccessReview))]
[JsonSerializable(typeof(V1SelfSubjectAccessReview))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(Eventsv1Event))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    /// <summary>Throws <see cref="JsonException"/> when the body is not a Status.</summary>
    public static V1Status ReadStatus(ReadOnlySpan<byte> body) =>
        JsonSerializer.Deserialize(body, Default.V1Status) is { Kind: "Status" } status
            ? status
            : throw new JsonException("The object is not a Status.");

    /// <summary>Why an answer is not the object that was asked for; null: it is.</summary>
    public static string? FaultOf(object? model) => model switch
    {
        null => "it is null.",
        IKubernetesObject { Kind: { } kind } when kind != KindOf(model) => "it is of another kind.",
        V1TokenReview { Status: null } or V1SubjectAccessReview { Status: null } or V1SelfSubjectAccessReview { Status: null } => "it has no status.",
        V1Lease { Metadata: null } => "it has no metadata.",
        _ => null,
    };

    private static string? KindOf(object model) => model.GetType().GetCustomAttribute<KubernetesEntityAttribute>()?.Kind;

    /// <summary>
    /// Writes times with six decimals. The API server reads a MicroTime (of a Lease, of an Event) only so, and any other time also so; the library
    /// leaves the decimals of a whole second out.
    /// </summary>
    internal sealed class MicroTimeConverter : JsonConverter<DateTime>
    {
        // The library's converter quotes what is no time, and the answer to a TokenReview holds the token.
        public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time.UtcDateTime : throw new JsonException("A time is expected.");

        public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
    }
}
