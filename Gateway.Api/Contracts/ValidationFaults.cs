using FluentValidation;
using FluentValidation.Results;
using Gateway.Api.Errors;

namespace Gateway.Api.Contracts;

/// <summary>Between FluentValidation, whose property names are JSON pointers here, and the fault list.</summary>
public static class ValidationFaults
{
    public static void Fail<T>(this ValidationContext<T> context, string pointer, string code, string detail) =>
        context.AddFailure(new ValidationFailure(pointer, detail) { ErrorCode = code });

    /// <summary>A member that already has a fault (its type was wrong) is not reported as missing on top.</summary>
    public static void Collect<T>(this IValidator<T> validator, T body, string pointer, FaultList faults)
    {
        foreach (var failure in validator.Validate(body).Errors)
        {
            var at = pointer + failure.PropertyName;
            if (!faults.Has(at))
                faults.AtPointer(at, failure.ErrorCode, failure.ErrorMessage);
        }
    }
}
