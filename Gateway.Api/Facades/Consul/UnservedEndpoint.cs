using System.Net;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// What clients of Consul ask beside the registry: the state of its servers, and parts that are known and not served, answered in Consul's form so that
/// clients which only look there go on. Stateless.
/// </summary>
internal sealed class UnservedEndpoint(RegistryState state, ConsulReads reads)
{
    private static readonly byte[] Nothing = "[]"u8.ToArray();

    /// <summary>Clients take it as a probe; "" is Consul's word for no leader.</summary>
    public Task LeaderAsync(HttpContext context) => JsonAsync(context, ConsulAnswer.Write(writer => writer.WriteStringValue(state.Current.HasSynced ? ServerOf(context) : "")));

    public Task PeersAsync(HttpContext context) => JsonAsync(context, ConsulAnswer.Write(writer =>
    {
        writer.WriteStartArray();
        writer.WriteStringValue(ServerOf(context));
        writer.WriteEndArray();
    }));

    public Task DatacentersAsync(HttpContext context) => JsonAsync(context, ConsulAnswer.Write(static writer =>
    {
        writer.WriteStartArray();
        writer.WriteStringValue(ConsulNode.Datacenter);
        writer.WriteEndArray();
    }));

    /// <summary>A list that is empty here.</summary>
    public Task EmptyAsync(HttpContext context) => JsonAsync(context, Nothing);

    /// <summary>No event is ever fired.</summary>
    public async Task EventsAsync(HttpContext context)
    {
        if (await reads.HoldAsync(context) is { } known)
            await JsonAsync(context, Nothing, known);
    }

    /// <summary>No key exists: 404 without a body and with an index, which clients that watch a key go on with.</summary>
    public async Task KeyAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await ConsulAnswer.TextAsync(context, StatusCodes.Status403Forbidden, "Permission denied: this registry has no key/value store");
            return;
        }

        if (await reads.HoldAsync(context) is not { } known)
            return;
        ConsulAnswer.WriteHeaders(context.Response, known > 0 ? known : Index);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
    }

    /// <summary>The catalog is written through its agent alone.</summary>
    public Task CatalogWriteAsync(HttpContext context) => ConsulAnswer.TextAsync(
        context, StatusCodes.Status403Forbidden,
        "Permission denied: the catalog follows the cluster; a pod registers itself with /v1/agent/service/register, and what has no pod needs a Kubernetes Service");

    public Task AclAsync(HttpContext context) => ConsulAnswer.TextAsync(context, StatusCodes.Status401Unauthorized, "ACL support disabled");

    /// <summary>Everything else below the paths of Consul.</summary>
    public Task UnknownAsync(HttpContext context)
    {
        if (ConsulRoutes.MethodsOf(context) is { } methods)
        {
            context.Response.Headers.Allow = methods;
            return ConsulAnswer.TextAsync(context, StatusCodes.Status405MethodNotAllowed, $"method {context.Request.Method} not allowed");
        }

        ConsulAnswer.WriteHeaders(context.Response, Index);
        return ConsulAnswer.TextAsync(context, StatusCodes.Status404NotFound, "This registry does not serve that part of Consul's API");
    }

    // Never 0; it names no service's state.
    private ulong Index => ChangeIndex.SettledAt(state.Current.Revision.Newest, state.Current.Revision.History).Number;

    private Task JsonAsync(HttpContext context, byte[] json, ulong known = 0)
    {
        ConsulAnswer.WriteHeaders(context.Response, known > 0 ? known : Index);
        return ConsulAnswer.WriteAsync(context, json, context.Request.Query.ContainsKey("pretty"));
    }

    private static string ServerOf(HttpContext context) =>
        new IPEndPoint(context.Connection.LocalIpAddress is { } local ? (local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local) : IPAddress.Loopback, 8300).ToString();
}
