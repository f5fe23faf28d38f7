using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// Decodes one object: the reader is at its opening brace before and at its closing brace after. Members that are not used are skipped.
/// Throws <see cref="JsonException"/> when a member has an unexpected shape, or the object names another kind.
/// </summary>
internal delegate T ObjectDecoder<out T>(ref Utf8JsonReader reader, DecodeContext context);
