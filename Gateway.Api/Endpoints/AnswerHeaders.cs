using Gateway.Core.Registry;

namespace Gateway.Api.Endpoints;

/// <summary>What every answer from the registry carries: the snapshot that answered, and whether it may be old.</summary>
internal static class AnswerHeaders
{
    public const string Revision = "X-Registry-Revision";
    public const string Stale = "X-Registry-Stale";
    public const string Pending = "X-Registry-Pending";

    public const string Json = "application/json; charset=utf-8";

    public static void Write(HttpResponse response, RegistrySnapshot snapshot)
    {
        response.Headers[Revision] = snapshot.Revision.ToString();
        if (snapshot.IsStale)
            response.Headers[Stale] = "true";
    }
}
