namespace Gateway.Api.Errors;

/// <summary>Codes of problems that only HTTP can raise; the others are in <see cref="Gateway.Core.Results.RefusalCodes"/>.</summary>
public static class ApiCodes
{
    public const string BadRequest = "bad-request";
    public const string MethodNotAllowed = "method-not-allowed";
    public const string UnsupportedMediaType = "unsupported-media-type";
    public const string InternalError = "internal-error";
}
