using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// Reads one object, the reader standing on its first brace, and leaves it on its last. Members that are not read are skipped. Throws
/// <see cref="JsonException"/> when a member that is read has another shape than its kind says, or the object says it is of another kind.
/// </summary>
internal delegate T ObjectDecoder<out T>(ref Utf8JsonReader reader, DecodeContext context);
