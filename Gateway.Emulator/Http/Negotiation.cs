using Gateway.Emulator.Failures;

namespace Gateway.Emulator.Http;

/// <summary>Chooses the first media type of the <c>Accept</c> header that this server supports: JSON in one of three views.</summary>
internal static class Negotiation
{
    public static ObjectView ViewFor(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        if (accept.Length == 0)
            return ObjectView.Full;
        foreach (var range in accept.Split(','))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "*/*" or "application/*"))
                continue;
            switch (Parameter(parts, "as"))
            {
                case "":
                    return ObjectView.Full;
                case "Table" when Parameter(parts, "v") == "v1":
                    return ObjectView.Table;
                case "PartialObjectMetadata" or "PartialObjectMetadataList" when Parameter(parts, "v") == "v1":
                    return ObjectView.PartialMetadata;
            }
        }
        throw new ApiFailure(406, "NotAcceptable", "only the following media types are accepted: application/json", []);
    }

    private static string Parameter(string[] parts, string name) =>
        parts.Skip(1).FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";
}
