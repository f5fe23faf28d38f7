using Gateway.Emulator.Failures;
using Gateway.Emulator.Http.Protobuf;

namespace Gateway.Emulator.Http;

/// <summary>
/// Chooses the first media type of the <c>Accept</c> header that this server supports: JSON in one of three views, or protobuf in two.
/// </summary>
internal static class Negotiation
{
    public static Representation For(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        if (accept.Length == 0)
            return new(ObjectView.Full, false);
        foreach (var range in accept.Split(','))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            var isProtobuf = parts[0].Trim() == ProtobufBody.MediaType;
            if (!isProtobuf && parts[0].Trim() is not ("application/json" or "*/*" or "application/*"))
                continue;
            switch (Parameter(parts, "as"))
            {
                case "":
                    return new(ObjectView.Full, isProtobuf);
                case "Table" when !isProtobuf && Parameter(parts, "v") == "v1":
                    return new(ObjectView.Table, false);
                case "PartialObjectMetadata" or "PartialObjectMetadataList" when Parameter(parts, "v") == "v1":
                    return new(ObjectView.PartialMetadata, isProtobuf);
            }
        }
        throw new ApiFailure(406, "NotAcceptable", $"only the following media types are accepted: application/json, {ProtobufBody.MediaType}", []);
    }

    /// <summary>Whether a Status is sent as protobuf: the first type that the client names decides, whatever its view.</summary>
    public static bool PrefersProtobuf(HttpRequest request) =>
        request.Headers.Accept.ToString().StartsWith(ProtobufBody.MediaType, StringComparison.Ordinal);

    /// <summary>Makes the request one that this server, which has no protobuf, would understand: of that type it knows nothing.</summary>
    public static void HideProtobuf(HttpRequest request) =>
        request.Headers.Accept = request.Headers.Accept.ToString().Replace(ProtobufBody.MediaType, "application/unknown", StringComparison.Ordinal);

    private static string Parameter(string[] parts, string name) =>
        parts.Skip(1).FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";
}

/// <summary>How an answer shows its objects, and in which encoding.</summary>
internal readonly record struct Representation(ObjectView View, bool IsProtobuf);
