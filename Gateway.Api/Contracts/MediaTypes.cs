using Gateway.Api.Errors;
using Gateway.Core.Refusals;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Contracts;

/// <summary>Which kind of body a request says it carries.</summary>
internal static class MediaTypes
{
    public const string Form = "application/x-www-form-urlencoded";
    public const string Json = "application/json";
    public const string MergePatch = "application/merge-patch+json";

    /// <summary>The media type without parameters, if it is one of these and in UTF-8.</summary>
    public static string? Read(HttpRequest request, params ReadOnlySpan<string> taken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            return null;
        if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
            return null;
        foreach (var one in taken)
        {
            if (type.MediaType.Equals(one, StringComparison.OrdinalIgnoreCase))
                return one;
        }
        return null;
    }

    public static Refusal Unsupported(HttpRequest request, string taken) => new(
        ApiCodes.UnsupportedMediaType,
        $"The body has to be {taken} in UTF-8, not {(string.IsNullOrEmpty(request.ContentType) ? "without a media type" : FaultText.Shortened(request.ContentType))}.");
}
