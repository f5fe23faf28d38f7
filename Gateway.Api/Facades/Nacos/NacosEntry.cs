namespace Gateway.Api.Facades.Nacos;

/// <summary>Admits a call once its parameters are read; what is refused is answered here in the form of its API. Stateless.</summary>
internal sealed class NacosEntry(FacadeGate gate, FacadeOptions options)
{
    /// <summary>Null: refused and answered.</summary>
    public async Task<FacadeCall?> ReadAsync(HttpContext context, NacosApi api, NacosParameters parameters) =>
        parameters.Fault is { } fault
            ? await RefuseAsync(context, api, fault)
            : await ReadAsync(context, api, parameters.Token(), parameters.Namespace(options));

    public async Task<FacadeCall?> ReadAsync(HttpContext context, NacosApi api, string? token, string? ns)
    {
        var entered = await gate.EnterReadAsync(context, token, ns);
        return entered.IsRefused(out var refusal) ? await RefuseAsync(context, api, NacosFault.Of(refusal)) : entered.Value;
    }

    /// <summary>The same for a write, or a beat; <paramref name="verb"/> is the audit's name for it.</summary>
    public async Task<FacadeCall?> WriteAsync(HttpContext context, NacosApi api, NacosParameters parameters, string verb)
    {
        if (parameters.Fault is { } fault)
            return await RefuseAsync(context, api, fault);
        var entered = await gate.EnterWriteAsync(context, parameters.Token(), verb, parameters.Namespace(options));
        return entered.IsRefused(out var refusal) ? await RefuseAsync(context, api, NacosFault.Of(refusal)) : entered.Value;
    }

    private static async Task<FacadeCall?> RefuseAsync(HttpContext context, NacosApi api, NacosFault fault)
    {
        await NacosAnswer.RefuseAsync(context, api, fault);
        return null;
    }
}
