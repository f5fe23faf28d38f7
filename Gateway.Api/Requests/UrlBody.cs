using System.Collections.Immutable;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Registration;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>A registration whose body is a complete Dubbo URL: sets the members that the URL contains.</summary>
internal static class UrlBody
{
    /// <summary>Leaves the request as it is where it has no URL or an invalid one.</summary>
    public static RegistrationRequest Expand(RegistrationRequest request, FaultList faults, MetadataBudget budget)
    {
        if (request.Url is not { } text)
            return request;
        if (!budget.Take("url", text))
        {
            faults.Cut();
            return request;
        }

        foreach (var (name, isThere) in Derived(request))
        {
            if (isThere)
                faults.AtPointer($"{request.Pointer}/{name}", FaultCodes.InvalidValue, $"'url' already sets '{name}'; use only one of them.");
        }

        if (!DubboUrlRegistration.TryParse(text, out var url, out var reason))
        {
            faults.AtPointer($"{request.Pointer}/url", FaultCodes.InvalidValue, $"'url' {reason}.");
            return request;
        }

        (request.Host, request.Service, request.Port) = (url.Host, url.Service, url.Port);
        (request.Group, request.Version, request.Protocol) = (url.Group, url.Version, url.Protocol);
        (request.Weight, request.Metadata) = (url.Weight, url.Metadata);
        return request;
    }

    private static IEnumerable<(string Name, bool IsThere)> Derived(RegistrationBody body) =>
    [
        ("service", body.Service is not null), ("port", body.Port is not null), ("group", body.Group is not null), ("version", body.Version is not null),
        ("protocol", body.Protocol is not null), ("weight", body.Weight is not null), ("metadata", body.Metadata is not null),
    ];
}
