using FluentValidation;
using Gateway.Api.Errors;

namespace Gateway.Api.Contracts;

/// <summary>The value rules of a merge patch: status UP or OUT_OF_SERVICE, weight, metadata.</summary>
public sealed class ChangesBodyValidator : AbstractValidator<ChangesBody>
{
    public ChangesBodyValidator()
    {
        RuleFor(static body => body.Status).Must(static status => status is "UP" or "OUT_OF_SERVICE")
            .When(static body => body.Status is not null).WithErrorCode(FaultCodes.InvalidValue)
            .WithMessage("A status that can be set is UP or OUT_OF_SERVICE.").OverridePropertyName("/status");
        RuleFor(static body => body.Weight).InclusiveBetween(0, RegistrationBodyValidator.MaxWeight).WithErrorCode(FaultCodes.OutOfRange)
            .WithMessage("A weight is 0 to 10000.").OverridePropertyName("/weight");
        RuleFor(static body => body).Custom(static (body, context) => NameRules.CheckMetadataKeys(body.Metadata, context.Fail));
    }
}
