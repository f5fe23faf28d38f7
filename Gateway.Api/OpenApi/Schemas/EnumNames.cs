using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Names as in <c>OUT_OF_SERVICE</c>.</summary>
internal sealed class UpperCaseNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Names as in <c>round-robin</c>.</summary>
internal sealed class KebabCaseNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
