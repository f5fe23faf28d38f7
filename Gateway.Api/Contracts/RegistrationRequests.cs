using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Api.Errors;
using Gateway.Core.Annotations;
using Gateway.Core.Identity;
using Gateway.Core.Refusals;
using Gateway.Core.Registration;

namespace Gateway.Api.Contracts;

/// <summary>From the bytes of a body to validated requests, or to the refusal that names every fault.</summary>
public static class RegistrationRequests
{
    public const int MaxItems = 200;

    private static readonly RegistrationBodyValidator Validator = new();
    private static readonly ChangesBodyValidator ChangesValidator = new();

    /// <summary>One registration, or an array of up to 200 for one pod.</summary>
    public static Result<RegistrationBatch> ReadJson(ReadOnlyMemory<byte> bytes)
    {
        using var document = StrictJson.Parse(bytes, out var refusal);
        if (document is null)
            return refusal!;
        var faults = new FaultList();
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Array)
            return Finish([ReadOne(root, "", faults)], isArray: false, faults);
        var count = root.GetArrayLength();
        if (count is 0 or > MaxItems)
        {
            faults.AtPointer("", FaultCodes.OutOfRange, $"An array holds 1 to {MaxItems} registrations, not {count}.");
            return Finish([], isArray: true, faults);
        }
        var items = new List<RegistrationRequest?>(count);
        foreach (var element in root.EnumerateArray())
            items.Add(ReadOne(element, JsonPointer.Append("", items.Count), faults));
        CheckOnePod(items, faults);
        return Finish(items, isArray: true, faults);
    }

    public static Result<RegistrationBatch> ReadForm(ReadOnlyMemory<byte> bytes)
    {
        var faults = new FaultList();
        var body = RegistrationBodies.ReadForm(bytes, faults);
        Validator.Collect(body, "", faults);
        return Finish([faults.IsEmpty ? ToRequest(body, "") : null], isArray: false, faults);
    }

    public static Result<RegistrationChange> ReadChange(ReadOnlyMemory<byte> bytes)
    {
        using var document = StrictJson.Parse(bytes, out var refusal);
        if (document is null)
            return refusal!;
        var faults = new FaultList();
        var body = RegistrationBodies.ReadChanges(document.RootElement, faults);
        if (body is not null)
            ChangesValidator.Collect(body, "", faults);
        return faults.IsEmpty ? ToChange(body!) : Invalid(faults);
    }

    private static RegistrationRequest? ReadOne(JsonElement element, string pointer, FaultList faults)
    {
        if (RegistrationBodies.Read(element, pointer, faults) is not { } body)
            return null;
        Validator.Collect(body, pointer, faults);
        return faults.IsEmpty ? ToRequest(body, pointer) : null;
    }

    private static void CheckOnePod(List<RegistrationRequest?> items, FaultList faults)
    {
        for (var i = 1; i < items.Count && faults.IsEmpty; i++)
        {
            if (items[i]!.Pod != items[0]!.Pod)
                faults.AtPointer($"/{i}/pod", FaultCodes.InvalidValue, "All registrations of an array are for one pod.");
        }
    }

    private static Result<RegistrationBatch> Finish(List<RegistrationRequest?> items, bool isArray, FaultList faults) =>
        faults.IsEmpty ? new RegistrationBatch([.. items.Select(static item => item!)], isArray) : Invalid(faults);

    private static Refusal Invalid(FaultList faults) =>
        faults.ToRefusal(RefusalCodes.InvalidRegistration, "The body is JSON but not a registration; 'errors' names every fault. Nothing was written.");

    private static RegistrationRequest ToRequest(RegistrationBody body, string pointer)
    {
        var protocol = body.Protocol ?? "http";
        return new RegistrationRequest
        {
            Service = body.Service!,
            Port = body.Port!.Value,
            Pod = body.Pod is null ? null : new PodName(body.Namespace!, body.Pod),
            Host = body.Host,
            Group = body.Group ?? "",
            Version = body.Version ?? "",
            Protocol = protocol,
            Ports = [.. (body.Ports ?? []).Select(port => new NamedPort(port.Name!, port.Port!.Value, port.Protocol ?? protocol))],
            Metadata = (body.Metadata ?? ImmutableDictionary<string, string?>.Empty)
                .ToImmutableSortedDictionary(static entry => entry.Key, static entry => entry.Value!, StringComparer.Ordinal),
            Weight = body.Weight ?? 100,
            Ttl = body.Ttl,
            Container = body.Container,
            Mirrors = [.. body.Mirrors ?? []],
            Pointer = pointer,
        };
    }

    private static RegistrationChange ToChange(ChangesBody body) => new()
    {
        OutOfService = body.ResetsStatus ? false : body.Status is null ? null : body.Status == "OUT_OF_SERVICE",
        Weight = body.ResetsWeight ? 100 : body.Weight,
        Metadata = body.Metadata?.ToImmutableSortedDictionary(StringComparer.Ordinal),
        ClearMetadata = body.ClearsMetadata,
    };
}
