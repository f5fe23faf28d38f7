using Gateway.Core.Refusals;

namespace Gateway.Api.Errors;

/// <summary>JSON pointers (RFC 6901) into a request body. A member's name that is far too long is shown by its beginning.</summary>
public static class JsonPointer
{
    public static string Append(string pointer, string member) =>
        $"{pointer}/{FaultText.Shortened(member).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public static string Append(string pointer, int index) => $"{pointer}/{index}";
}
