using FluentValidation;
using Gateway.Api.Errors;

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
}

/// <summary>The value rules of a merge patch: status UP or OUT_OF_SERVICE, weight, metadata.</summary>
public sealed class ChangesBodyValidator : AbstractValidator<ChangesBody>
{
    public ChangesBodyValidator()
    {
        RuleFor(static body => body.Status).Must(static status => status is "UP" or "OUT_OF_SERVICE")
            .When(static body => body.Status is not null).WithErrorCode(FaultCodes.InvalidValue)
            .WithMessage("The status must be UP or OUT_OF_SERVICE.").OverridePropertyName("/status");
        RuleFor(static body => body.Weight).InclusiveBetween(0, RegistrationBodyValidator.MaxWeight).WithErrorCode(FaultCodes.OutOfRange)
            .WithMessage("The weight must be 0 to 10000.").OverridePropertyName("/weight");
        RuleFor(static body => body).Custom(static (body, context) => RegistrationBodyValidator.CheckMetadataKeys(body.Metadata, context.Fail));
    }
}
