using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The id that a path names: <c>{id}</c>. People who put a service's name there must not believe that they deregistered it.</summary>
internal static class RouteId
{
    public const string Name = "id";

    /// <summary>Null: the path names something else, which is a fault.</summary>
    /// <param name="context">Its route has a parameter <c>id</c>.</param>
    /// <param name="faults">Where the fault goes.</param>
    /// <param name="found">Where callers find ids of the kind meant here.</param>
    public static RegistrationId? Read(HttpContext context, FaultList faults, string found)
    {
        if (RegistrationId.TryParse((string)context.Request.RouteValues[Name]!, out var id))
            return id;
        faults.AtParameter(Name, FaultCodes.InvalidValue, $"An id is 32 hex digits; {found}");
        return null;
    }
}
