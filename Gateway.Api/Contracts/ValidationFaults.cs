using FluentValidation;
using FluentValidation.Results;
using Gateway.Api.Errors;

namespace Gateway.Api.Contracts;

/// <summary>Between FluentValidation, whose property names are JSON pointers here, and the fault list.</summary>
public static class ValidationFaults
{
    public static void Fail<T>(this ValidationContext<T> context, string pointer, string code, string detail) =>
        context.AddFailure(new ValidationFailure(pointer, detail) { ErrorCode = code });

    /// <summary>
    /// A member that already has a fault (its type was wrong) is not reported as missing on top, nor one that may come behind the point where
    /// reading ended.
    /// </summary>
    public static void Collect<T>(this IValidator<T> validator, T body, string pointer, FaultList faults)
    {
        foreach (var failure in validator.Validate(body).Errors)
        {
            var at = pointer + failure.PropertyName;
            if (!faults.Has(at) && !(faults.IsCut && IsMissing(failure)))
                faults.AtPointer(at, failure.ErrorCode, failure.ErrorMessage);
        }
    }

    /// <summary>A member of the body itself; what lies deeper was read to its end.</summary>
    private static bool IsMissing(ValidationFailure failure) => failure.ErrorCode == FaultCodes.Missing && failure.PropertyName.LastIndexOf('/') == 0;
}
