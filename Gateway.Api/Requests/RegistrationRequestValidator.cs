using FluentValidation;
using FluentValidation.Results;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registration;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>
/// The value rules of a POST: those of every registration (<see cref="RegistrationBodyRules"/>), and those of the pod that it names. Failures
/// name the member as it is written in JSON.
/// </summary>
public sealed class RegistrationRequestValidator : AbstractValidator<RegistrationRequest>
{
    public RegistrationRequestValidator()
    {
        RuleFor(static request => request).Custom(
            static (request, context) => RegistrationBodyRules.Check(request, context.Fail, needsKey: request.Url is null));
        RuleFor(static request => request).Custom(static (request, context) => CheckTarget(request, context));
    }

    private static void CheckTarget(RegistrationRequest request, ValidationContext<RegistrationRequest> context)
    {
        if (request.Namespace is null != request.PodName is null)
            context.Fail(request.PodName is null ? "/pod" : "/namespace", FaultCodes.Missing, "'namespace' and 'pod' must be given together; for the caller's own pod leave both out.");
        if (request.Namespace is not null && !ObjectNames.IsLabel(request.Namespace))
            context.Fail("/namespace", FaultCodes.InvalidValue, $"A namespace must be a DNS label{ObjectNames.OffendingInLabel(request.Namespace)}.");
        if (request.PodName is not null && !ObjectNames.IsSubdomain(request.PodName))
            context.Fail("/pod", FaultCodes.InvalidValue, $"A pod name must be a DNS subdomain{ObjectNames.OffendingInSubdomain(request.PodName)}.");
    }
}

/// <summary>Copies FluentValidation failures, whose property names are JSON pointers here, to the fault list.</summary>
public static class ValidationFaults
{
    public static void Fail<T>(this ValidationContext<T> context, string pointer, string code, string detail) =>
        context.AddFailure(new ValidationFailure(pointer, detail) { ErrorCode = code });

    public static void Collect<T>(this IValidator<T> validator, T body, string pointer, FaultList faults)
    {
        foreach (var failure in validator.Validate(body).Errors)
            faults.OfValue(pointer, failure.PropertyName, failure.ErrorCode, failure.ErrorMessage);
    }
}
