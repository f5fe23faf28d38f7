using FluentValidation;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>
/// A merge patch (RFC 7396) of a registration as the caller wrote it. A member set to null is reset to its default. Filled in
/// by its reader.
/// </summary>
public sealed record ChangesBody
{
    public string? Status { get; set; }
    public bool ResetsStatus { get; set; }
    public int? Weight { get; set; }
    public bool ResetsWeight { get; set; }

    /// <summary>Null values remove their key.</summary>
    public IReadOnlyDictionary<string, string?>? Metadata { get; set; }

    public bool ClearsMetadata { get; set; }

    /// <summary>Null: it is no object.</summary>
    public static ChangesBody? Read(ref JsonBody json)
    {
        if (!json.IsObject("", "A merge patch must be a JSON object."))
            return null;
        var body = new ChangesBody();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.NextMember(seen, "", out var name))
        {
            switch (name)
            {
                case "status": body.Status = json.Text("", name); break;
                case "weight": body.Weight = json.Integer("", name); break;
                case "metadata": body.Metadata = json.TextMap("", name, nullRemoves: true); break;
                default: json.Unknown("", name); break;
            }
        }
        body.ResetsStatus = body.Status is null && seen.Contains("status");
        body.ResetsWeight = body.Weight is null && seen.Contains("weight");
        body.ClearsMetadata = body.Metadata is null && seen.Contains("metadata");
        return body;
    }
}

/// <summary>The value rules of a merge patch: status UP or OUT_OF_SERVICE, weight, metadata.</summary>
public sealed class ChangesBodyValidator : AbstractValidator<ChangesBody>
{
    public ChangesBodyValidator()
    {
        RuleFor(static body => body.Status).Must(static status => status is "UP" or "OUT_OF_SERVICE")
            .When(static body => body.Status is not null).WithErrorCode(FaultCodes.InvalidValue)
            .WithMessage("The status must be UP or OUT_OF_SERVICE.").OverridePropertyName("/status");
        RuleFor(static body => body).Custom(static (body, context) => RegistrationBodyRules.CheckWeight(body.Weight, context.Fail));
        RuleFor(static body => body).Custom(static (body, context) => RegistrationBodyRules.CheckMetadataKeys(body.Metadata?.Keys ?? [], context.Fail));
    }
}
