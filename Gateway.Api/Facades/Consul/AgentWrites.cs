using System.Text.Json;
using Gateway.Api.Requests;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Consul;

/// <summary>What every write of the agent does: who calls, before its body is read; the body; the pod's own registrations by Consul's ids. Stateless.</summary>
internal sealed class AgentWrites(FacadeGate gate, ClientRegistrations registrations)
{
    public ClientRegistrations Registrations { get; } = registrations;

    /// <summary>Null: refused, and answered.</summary>
    public async Task<FacadeCall?> EnterAsync(HttpContext context, string verb)
    {
        var entered = await gate.EnterWriteAsync(context, ConsulQuery.TokenOf(context.Request), verb, ConsulQuery.NamespaceOf(context.Request));
        if (!entered.IsRefused(out var refusal))
            return entered.Value;
        await ConsulAnswer.RefuseAsync(context, refusal);
        return null;
    }

    /// <summary>The body as <paramref name="read"/> takes it; null: refused, and answered.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, Func<JsonElement, T> read)
        where T : class
    {
        var (bytes, refusal) = await BodyReader.ReadAsync(context.Request, context.RequestAborted);
        if (refusal is null)
        {
            using var document = StrictJson.Parse(bytes, out refusal);
            try
            {
                if (document is not null)
                    return read(document.RootElement);
            }
            catch (BodyFault fault)
            {
                await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, fault.Message);
                return null;
            }
        }

        await ConsulAnswer.RefuseAsync(context, refusal!);
        return null;
    }

    /// <summary>What the pod registered through Consul, in the order of ids.</summary>
    public async Task<Result<List<Instance>>> OwnAsync(FacadeCall call, CancellationToken cancellationToken)
    {
        var own = await Registrations.OwnAsync(call, cancellationToken);
        return own.IsRefused(out var refusal) ? refusal : own.Value.Where(static one => one.ClientOf(ConsulProtocol.Name) is not null).ToList();
    }

    public static Task UnknownServiceAsync(HttpContext context, string id) => ConsulAnswer.TextAsync(
        context, StatusCodes.Status404NotFound, $"Unknown service ID \"{FaultText.Shortened(id)}\". Ensure that the service ID is passed, not the service name.");

    /// <summary>Whether a call was carried out; else it is answered as refused.</summary>
    public static async Task<bool> IsDoneAsync<T>(HttpContext context, Result<T> done)
    {
        if (!done.IsRefused(out var refusal))
            return true;
        await ConsulAnswer.RefuseAsync(context, refusal);
        return false;
    }
}
