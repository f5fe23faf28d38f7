using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>What every read of one namespace asks first: are the parameters right, has this replica seen the cluster, may the caller read there?</summary>
internal sealed class NamespaceRead(RegistryState state, LookupAccessCheck access)
{
    /// <summary>The query that may be answered; null: the refusal is written.</summary>
    public async Task<T?> AdmitAsync<T>(HttpContext context, Result<T> read, Func<T, string> namespaceOf)
        where T : class
    {
        if (!read.IsRefused(out var refusal))
            refusal = state.Current.HasSynced ? await access.CheckAsync(context, namespaceOf(read.Value)) : NotSynced.Refusal();
        if (refusal is null)
            return read.Value;
        await ProblemAnswer.WriteAsync(context, refusal);
        return null;
    }
}
