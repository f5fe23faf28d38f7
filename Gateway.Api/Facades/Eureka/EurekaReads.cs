using System.Text.Json;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Eureka;

/// <summary>What clients read: lists, deltas, one application, one instance, those of a VIP address. Answers copy bytes that are made once for each state.</summary>
internal sealed class EurekaReads(FacadeGate gate, EurekaNamespaces namespaces)
{
    private static readonly byte[] StatusJson =
        """{"generalStats":{},"applicationStats":{"registered-replicas":"","available-replicas":"","unavailable-replicas":""},"instanceInfo":{}}"""u8.ToArray();

    private static readonly byte[] StatusXml =
        "<com.netflix.eureka.util.StatusInfo><generalStats/><applicationStats/></com.netflix.eureka.util.StatusInfo>"u8.ToArray();

    public Task ListAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) =>
        EurekaAnswer.WriteAsync(context, directory.Snapshot, form, directory.All(form)));

    public Task DeltaAsync(HttpContext context) => ReadAsync(context, static (context, form, ns, directory) =>
        EurekaAnswer.WriteAsync(context, directory.Snapshot, form, ns.Delta(form)));

    public Task FindApplicationAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) =>
        directory.Find(FacadeRoutes.Text(context, EurekaRoutes.App)) is { } found
            ? EurekaAnswer.WriteAsync(context, directory.Snapshot, form, found.Answer(form))
            : NotFoundAsync(context));

    public Task FindInstanceAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) => AnswerAsync(
        context, form, directory, directory.Find(FacadeRoutes.Text(context, EurekaRoutes.App), FacadeRoutes.Text(context, EurekaRoutes.Instance))));

    public Task FindInstanceAnywhereAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) =>
        AnswerAsync(context, form, directory, directory.FindAnywhere(FacadeRoutes.Text(context, EurekaRoutes.Instance))));

    public Task FindVipAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) =>
        EurekaAnswer.WriteAsync(context, directory.Snapshot, form, directory.WithVip(FacadeRoutes.Text(context, EurekaRoutes.Vip), isSecure: false, form)));

    public Task FindSecureVipAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) =>
        EurekaAnswer.WriteAsync(context, directory.Snapshot, form, directory.WithVip(FacadeRoutes.Text(context, EurekaRoutes.Vip), isSecure: true, form)));

    /// <summary>There are no replicas in Eureka's sense, so its answer names none.</summary>
    public Task StatusAsync(HttpContext context) => ReadAsync(context, static (context, form, _, directory) =>
        EurekaAnswer.WriteAsync(context, directory.Snapshot, form.MediaType, form is EurekaJson ? StatusJson : StatusXml));

    /// <summary>The overridden status of each instance that has one, by id; as JSON in any case, as the original.</summary>
    public Task OverridesAsync(HttpContext context) => ReadAsync(context, static (context, _, _, directory) =>
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var one in directory.Applications.Values.SelectMany(static app => app.Instances).Where(static one => one.OverriddenStatus != EurekaStatus.Unknown))
                writer.WriteString(one.InstanceId, one.OverriddenStatus);
            writer.WriteEndObject();
        }

        return EurekaAnswer.WriteAsync(context, directory.Snapshot, EurekaJson.Shared.MediaType, body.ToArray());
    });

    private async Task ReadAsync(HttpContext context, Func<HttpContext, IEurekaForm, EurekaNamespace, EurekaDirectory, Task> answer)
    {
        var entered = await gate.EnterReadAsync(context, EurekaToken.Of(context.Request), null);
        if (entered.IsRefused(out var refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        var (ns, directory) = namespaces.Of(entered.Value);
        await answer(context, EurekaAnswer.FormFor(context.Request), ns, directory);
    }

    private static Task AnswerAsync(HttpContext context, IEurekaForm form, EurekaDirectory directory, EurekaInstance? found) => found is null
        ? NotFoundAsync(context)
        : EurekaAnswer.WriteAsync(context, directory.Snapshot, form.MediaType, form.Instance(found));

    private static Task NotFoundAsync(HttpContext context) =>
        EurekaAnswer.RefuseAsync(context, new Refusal(RefusalCodes.NotFound, "Not found: no such application or instance is registered in this namespace."));
}
