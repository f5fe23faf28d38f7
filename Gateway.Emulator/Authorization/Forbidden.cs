using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;

namespace Gateway.Emulator.Authorization;

/// <summary>The 403 of the RBAC authorizer, with the real server's message.</summary>
internal static class Forbidden
{
    public static ApiFailure For(AccessRequest request)
    {
        if (request.Path is not null)
            return new ApiFailure(403, "Forbidden", $"forbidden: User \"{request.User.Name}\" cannot {request.Verb} path \"{request.Path}\"", []);
        var plural = request.Resource.Split('/')[0];
        var qualified = request.Group.Length == 0 ? plural : $"{plural}.{request.Group}";
        var subject = request.Name.Length == 0 ? qualified : $"{qualified} \"{request.Name}\"";
        var scope = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        var details = new JsonObject();
        if (request.Name.Length > 0)
            details["name"] = request.Name;
        if (request.Group.Length > 0)
            details["group"] = request.Group;
        details["kind"] = plural;
        return new ApiFailure(403, "Forbidden",
            $"{subject} is forbidden: User \"{request.User.Name}\" cannot {request.Verb} resource \"{request.Resource}\" in API group \"{request.Group}\" {scope}",
            details);
    }
}
