using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registration;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>Turns the bytes of a body into validated requests, or into a refusal that lists every fault.</summary>
public static class RegistrationRequests
{
    private static readonly RegistrationRequestValidator Validator = new();
    private static readonly ChangesBodyValidator ChangesValidator = new();

    private static readonly ItemLimit Items = new(RegistrationRules.MaxItems, FaultCodes.OutOfRange, $"An array must have 1 to {RegistrationRules.MaxItems} registrations; this one has more.");

    /// <summary>One registration, or an array of up to 200 for one pod.</summary>
    public static Result<RegistrationBatch> ReadJson(ReadOnlyMemory<byte> bytes)
    {
        var (faults, budget) = (new FaultList(), MetadataBudget.OfRegistrations());
        var refusal = StrictJson.Read(bytes, faults, budget, ReadBatch, out var batch) ?? budget.Refusal;
        if (refusal is not null)
            return refusal;
        return faults.IsEmpty ? batch! : Invalid(faults);
    }

    public static Result<RegistrationBatch> ReadForm(ReadOnlyMemory<byte> bytes)
    {
        if (MediaTypes.JsonAsForm(bytes.Span) is { } json)
            return json;
        var (faults, budget) = (new FaultList(), MetadataBudget.OfRegistrations());
        var request = UrlBody.Expand(RegistrationForm.Read(bytes, faults, budget), faults, budget);
        if (budget.Refusal is { } refusal)
            return refusal;
        Validator.Collect(request, "", faults);
        return faults.IsEmpty ? new RegistrationBatch([request], IsArray: false) : Invalid(faults, "The form is not a registration");
    }

    public static Result<RegistrationChange> ReadChange(ReadOnlyMemory<byte> bytes)
    {
        var (faults, budget) = (new FaultList(), MetadataBudget.OfChanges());
        var refusal = StrictJson.Read(bytes, faults, budget, ChangesBody.Read, out var body) ?? budget.Refusal;
        if (refusal is not null)
            return refusal;
        if (body is not null)
            ChangesValidator.Collect(body, "", faults);
        return faults.IsEmpty ? ToChange(body!) : Invalid(faults);
    }

    /// <summary>Null if there are faults or reading ended early.</summary>
    internal static RegistrationBatch? ReadBatch(ref JsonBody json)
    {
        var isArray = json.Kind == JsonTokenType.StartArray;
        var items = new List<RegistrationRequest?>();
        if (!isArray)
            items.Add(ReadOne(ref json, ""));
        while (isArray && json.NextItem(items.Count, Items, ""))
            items.Add(ReadOne(ref json, JsonPointer.Append("", items.Count)));
        if (items.Count == 0)
            json.Faults.AtPointer("", FaultCodes.OutOfRange, $"An array must have 1 to {RegistrationRules.MaxItems} registrations, not 0.");
        CheckOnePod(items, json.Faults);
        return json.Faults.IsEmpty && !json.Faults.IsCut ? new RegistrationBatch([.. items.Select(static item => item!)], isArray) : null;
    }

    private static RegistrationRequest? ReadOne(ref JsonBody json, string pointer)
    {
        var request = new RegistrationRequest { Pointer = pointer };
        var isObject = RegistrationBodyReader.Read(ref json, pointer, request, (ref JsonBody body, string at, string name) =>
        {
            switch (name)
            {
                case "namespace": request.Namespace = body.Text(at, name); return true;
                case "pod": request.PodName = body.Text(at, name); return true;
                case "url": request.Url = body.Text(at, name); return true;
                default: return false;
            }
        });
        if (!isObject)
            return null;
        UrlBody.Expand(request, json.Faults, json.Budget);
        Validator.Collect(request, pointer, json.Faults);
        return json.Faults.IsEmpty && !json.Faults.IsCut ? request : null;
    }

    private static void CheckOnePod(List<RegistrationRequest?> items, FaultList faults)
    {
        for (var i = 1; i < items.Count && faults.IsEmpty && !faults.IsCut; i++)
        {
            if (items[i]!.Pod != items[0]!.Pod)
                faults.AtPointer($"/{i}/pod", FaultCodes.InvalidValue, "All registrations of an array must be for the same pod.");
        }
    }

    private static Refusal Invalid(FaultList faults, string what = "The body is JSON but not a registration") =>
        faults.ToRefusal(RefusalCodes.InvalidRegistration, what, "Nothing was written.");

    private static RegistrationChange ToChange(ChangesBody body) => new()
    {
        OutOfService = body.ResetsStatus ? false : body.Status is null ? null : body.Status == "OUT_OF_SERVICE",
        Weight = body.ResetsWeight ? RegistrationRules.DefaultWeight : body.Weight,
        Metadata = body.Metadata?.ToImmutableSortedDictionary(StringComparer.Ordinal),
        ClearMetadata = body.ClearsMetadata,
    };
}

/// <summary>The registrations of one POST; an array is answered with an array, even if it has one element.</summary>
public sealed record RegistrationBatch(IReadOnlyList<RegistrationRequest> Items, bool IsArray);
