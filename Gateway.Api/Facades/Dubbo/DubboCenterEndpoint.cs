using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Dubbo;

/// <summary>
/// The gateway as a Dubbo metadata center: MetadataInfo by application and revision, and which applications provide an interface. Pods publish it for
/// the applications that they have registered; it is returned as long as a registration names that application.
/// </summary>
internal sealed class DubboCenterEndpoint(
    RegistryState state, IApplicationStore applications, ApplicationOptions options, CallerGate gate, ApplicationAccess rights, LookupAccessCheck access)
{
    public async Task PutMetadataAsync(HttpContext context)
    {
        var faults = new FaultList();
        var (application, revision) = ReadMetadataRoute(context, faults);
        var pod = await ResolveAsync(context, application.Namespace, faults);
        var refusal = pod.Refusal ?? await ForbiddenAsync(pod.Value, application.Name, context.RequestAborted);
        if (refusal is not null)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        var (bytes, unread) = await ReadBodyAsync(context);
        refusal = unread ?? await PutAsync(pod.Value, application, revision, bytes, context.RequestAborted);
        if (refusal is not null)
            await ProblemAnswer.WriteAsync(context, refusal);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task FindMetadataAsync(HttpContext context)
    {
        var faults = new FaultList();
        var (application, revision) = ReadMetadataRoute(context, faults);
        new QueryReader(context.Request.Query, faults).Finish();
        if (await IsRefusedAsync(context, application.Namespace, faults))
            return;
        if (applications.Find(application).Find(revision) is null)
            await applications.RefreshAsync();
        var snapshot = state.Current;
        var metadata = ApplicationRegistrations.Exist(snapshot, application) ? applications.Find(application).Find(revision) : null;
        if (metadata is null)
        {
            await ProblemAnswer.WriteAsync(context, new Refusal(RefusalCodes.NotFound, $"No MetadataInfo of application {application}, revision {revision}."));
            return;
        }

        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.ContentType = AnswerHeaders.Json;
        context.Response.ContentLength = metadata.Bytes.Length;
        await JsonAnswer.WritePiecesAsync(context.Response, metadata.Bytes, context.RequestAborted);
    }

    public async Task PutMappingAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults, "interface");
        var pod = await ResolveAsync(context, service.Namespace, faults);
        if (pod.IsRefused(out var refusal))
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        var (bytes, unread) = await ReadBodyAsync(context);
        var read = unread ?? MappingBody.Read(bytes, service.Namespace, service.Name);
        if (read.IsRefused(out refusal))
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        // Applications that are mapped already may be named by any pod that may read them, since the answer of an earlier call contains them.
        var mayRead = await access.CheckAsync(context, service.Namespace) is null;
        List<string> named = [.. read.Value.Distinct()];
        var foreign = await rights.ForeignAsync(pod.Value, named, context.RequestAborted);
        refusal = foreign.Refusal
            ?? rights.Reserved(pod.Value, named.Where(name => !foreign.Value.Contains(name)))
            ?? Forbidden(pod.Value, mayRead ? foreign.Value.Except(InterfaceCatalog.ApplicationsOf(state.Current, applications, service)) : foreign.Value)
            ?? await rights.RefusedAsync(pod.Value, [service.Name], context.RequestAborted);
        if (refusal is not null)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        foreach (var name in named.Where(name => !foreign.Value.Contains(name)))
        {
            if (await applications.PutAsync(new ApplicationName(service.Namespace, name), service.Name, pod.Value.Uid))
                continue;
            await ProblemAnswer.WriteAsync(context, Full());
            return;
        }

        await AnswerMappingAsync(context, service, mayRead ? null : named);
    }

    public async Task FindMappingAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults, "interface");
        new QueryReader(context.Request.Query, faults).Finish();
        if (!await IsRefusedAsync(context, service.Namespace, faults))
            await AnswerMappingAsync(context, service);
    }

    private static (ApplicationName Application, string Revision) ReadMetadataRoute(HttpContext context, FaultList faults)
    {
        var service = RouteService.Read(context, faults, "app");
        var revision = (string)context.Request.RouteValues["revision"]!;
        if (!RegistrationRules.IsRevision(revision))
            faults.AtParameter("revision", FaultCodes.InvalidValue, $"A revision must be 1 to 128 of {RegistrationRules.NameCharacters}{RegistrationRules.OffendingInName(revision)}");
        return (new(service.Namespace, service.Name), revision);
    }

    private async Task<Refusal?> PutAsync(TargetPod pod, ApplicationName application, string revision, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > options.MaxMetadataBytes)
            return new Refusal(RefusalCodes.BodyTooLarge, $"The MetadataInfo exceeds {options.MaxMetadataBytes} bytes (Dubbo:MaxMetadataBytes).");
        using var document = StrictJson.Parse(bytes, out var malformed);
        if (document is null)
            return malformed;
        if (MetadataInfoReader.CountServices(document.RootElement) > MetadataInfoReader.MaxServices)
            return new Refusal(RefusalCodes.BodyTooLarge, $"The MetadataInfo has more than {MetadataInfoReader.MaxServices} services.");
        if (MetadataInfoReader.Read(document.RootElement, bytes, application.Name, revision, out var found) is not { } metadata)
        {
            var faults = new FaultList();
            faults.AddRange(found);
            return faults.ToRefusal(RefusalCodes.InvalidMetadata, "The body is JSON but not a MetadataInfo of that application and revision", "Nothing was stored.");
        }
        if (await rights.RefusedAsync(pod, [.. metadata.Services.Select(static service => service.Name).Distinct()], cancellationToken) is { } refused)
            return refused;
        var isInUse = ApplicationRegistrations.Use(state.Current, application, revision, applications.Find(application).Latest);
        return await applications.PutAsync(application, metadata, pod.Uid, isInUse) switch
        {
            PutResult.Stored => null,
            PutResult.Differs => new Refusal(
                RefusalCodes.Conflict, $"Instances of {application} use revision {revision}, whose MetadataInfo is another one; other content needs another revision."),
            _ => Full(),
        };
    }

    private Refusal Full() =>
        new(RefusalCodes.Overloaded, "This pod, its namespace or this replica has reached its limit of MetadataInfo and mappings (Dubbo:MaxBytesPerPod, MaxBytesPerNamespace, MaxTotalBytes).")
        {
            RetryAfter = options.KeepUnnamed,
        };

    private async Task<Result<TargetPod>> ResolveAsync(HttpContext context, string ns, FaultList faults)
    {
        var query = UpdateQuery.ReadPod(context.Request, faults);
        if (!faults.IsEmpty)
            return faults.ToRefusal();
        var entered = await gate.EnterAsync(context, query.Pod);
        return entered.IsRefused(out var refusal) ? refusal : await rights.ResolveAsync(entered.Value, query.Pod, ns, context.RequestAborted);
    }

    private async Task<Refusal?> ForbiddenAsync(TargetPod pod, string name, CancellationToken cancellationToken)
    {
        var foreign = await rights.ForeignAsync(pod, [name], cancellationToken);
        return foreign.Refusal ?? rights.Reserved(pod, [name]) ?? Forbidden(pod, foreign.Value);
    }

    private static Refusal? Forbidden(TargetPod pod, IReadOnlyCollection<string> foreign) => foreign.Count == 0
        ? null
        : new Refusal(
            RefusalCodes.Forbidden,
            $"The pod {pod.Known.Metadata.Key} has not registered {string.Join(", ", foreign)}; register first, as that service or with metadata 'application'.");

    private static async ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadBodyAsync(HttpContext context) =>
        MediaTypes.Read(context.Request, MediaTypes.Json) is null
            ? (default, MediaTypes.Unsupported(context.Request, MediaTypes.Json))
            : await BodyReader.ReadAsync(context.Request, context.RequestAborted);

    private async ValueTask<bool> IsRefusedAsync(HttpContext context, string ns, FaultList faults)
    {
        var refusal = !faults.IsEmpty ? faults.ToRefusal() : !state.Current.HasSynced ? NotSynced.Refusal() : await access.CheckAsync(context, ns);
        if (refusal is not null)
            await ProblemAnswer.WriteAsync(context, refusal);
        return refusal is not null;
    }

    /// <param name="context">The call.</param>
    /// <param name="service">The interface.</param>
    /// <param name="named">What the caller said itself, where it may not read more; null: it may.</param>
    private Task AnswerMappingAsync(HttpContext context, ServiceKey service, IReadOnlyList<string>? named = null)
    {
        var snapshot = state.Current;
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        return JsonAnswer.WriteAsync(context, writer => Write(writer, service, InterfaceCatalog.ApplicationsOf(snapshot, applications, service).Where(name => named?.Contains(name) != false)));
    }

    private static void Write(Utf8JsonWriter writer, ServiceKey service, IEnumerable<string> names)
    {
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, service.Namespace);
        writer.WriteString("interface"u8, service.Name);
        writer.WriteStartArray("applications"u8);
        foreach (var name in names)
            writer.WriteStringValue(name);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
