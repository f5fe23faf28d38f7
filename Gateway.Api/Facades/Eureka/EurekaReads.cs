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

    public Task ListAsync(HttpContext context) => ReadAsync(context, 0, static (context, form, read, _) =>
        EurekaAnswer.WriteAsync(context, read.Snapshot, form, read.All().All(form)));

    public Task DeltaAsync(HttpContext context) => ReadAsync(context, 0, static (context, form, read, _) =>
    {
        read.All();
        return EurekaAnswer.WriteAsync(context, read.Snapshot, form, read.Namespace.Delta(form));
    });

    public Task FindApplicationAsync(HttpContext context) => FindApplicationAsync(context, FacadeRoutes.Text(context, EurekaRoutes.App));

    public Task FindApplicationAsync(HttpContext context, string app) => ReadAsync(context, app, static (context, form, read, app) =>
        read.Find(app) is { } found ? EurekaAnswer.WriteAsync(context, read.Snapshot, form, found.Answer(form)) : NotFoundAsync(context));

    public Task FindInstanceAsync(HttpContext context) => ReadAsync(context, 0, static (context, form, read, _) => AnswerAsync(
        context, form, read, read.Directory.Find(FacadeRoutes.Text(context, EurekaRoutes.App), FacadeRoutes.Text(context, EurekaRoutes.Instance))));

    public Task FindInstanceAnywhereAsync(HttpContext context) => ReadAsync(context, 0, static (context, form, read, _) =>
        AnswerAsync(context, form, read, read.Directory.FindAnywhere(FacadeRoutes.Text(context, EurekaRoutes.Instance))));

    public Task FindVipAsync(HttpContext context) => FindVipAsync(context, isSecure: false);

    public Task FindSecureVipAsync(HttpContext context) => FindVipAsync(context, isSecure: true);

    /// <summary>There are no replicas in Eureka's sense, so its answer names none.</summary>
    public Task StatusAsync(HttpContext context) => ReadAsync(context, 0, static (context, form, read, _) =>
        EurekaAnswer.WriteAsync(context, read.Snapshot, form.MediaType, form is EurekaJson ? StatusJson : StatusXml));

    /// <summary>The overridden status of each instance that has one, by id; as JSON in any case, as the original.</summary>
    public Task OverridesAsync(HttpContext context) => ReadAsync(context, 0, static (context, _, read, _) =>
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var one in read.All().Applications.Values.SelectMany(static app => app.Instances).Where(static one => one.OverriddenStatus != EurekaStatus.Unknown))
                writer.WriteString(one.InstanceId, one.OverriddenStatus);
            writer.WriteEndObject();
        }

        return EurekaAnswer.WriteAsync(context, read.Snapshot, EurekaJson.Shared.MediaType, body.ToArray());
    });

    private Task FindVipAsync(HttpContext context, bool isSecure) => ReadAsync(context, isSecure, static (context, form, read, isSecure) =>
    {
        var vip = read.Directory.WithVip(FacadeRoutes.Text(context, EurekaRoutes.Vip), isSecure, form);
        read.View.Note(vip.Services);
        return EurekaAnswer.WriteAsync(context, read.Snapshot, form, vip.List);
    });

    private async Task ReadAsync<T>(HttpContext context, T asked, Func<HttpContext, IEurekaForm, EurekaRead, T, Task> answer)
    {
        var entered = await gate.EnterReadAsync(context, EurekaToken.Of(context.Request), null);
        if (entered.IsRefused(out var refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        await answer(context, EurekaAnswer.FormFor(context.Request), namespaces.Of(entered.Value), asked);
    }

    private static Task AnswerAsync(HttpContext context, IEurekaForm form, EurekaRead read, EurekaInstance? found)
    {
        if (found is null)
            return NotFoundAsync(context);
        read.View.Note([found.Service]);
        return EurekaAnswer.WriteAsync(context, read.Snapshot, form.MediaType, form.Instance(found));
    }

    private static Task NotFoundAsync(HttpContext context) =>
        EurekaAnswer.RefuseAsync(context, new Refusal(RefusalCodes.NotFound, "Not found: no such application or instance is registered in this namespace."));
}
