using FluentValidation;
using FluentValidation.Results;
using Gateway.Api.Errors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Api.Requests;

/// <summary>The value rules of a registration (contract, sections 1 and 2). Failures name the member as it is written in JSON.</summary>
public sealed class RegistrationBodyValidator : AbstractValidator<RegistrationBody>
{
    internal const int MaxPorts = 64;
    private const string ProtocolSentence = "A protocol must be 1 to 63 of A-Z a-z 0-9 . _ + / -";
    internal const int MaxWeight = 10_000;

    /// <summary>A day: after longer silence the pod's own state is the better signal.</summary>
    internal const int MaxTtl = 86_400;

    internal static readonly IReadOnlyList<string> MirrorFormats = ["generic", "dubbo-go-1.4", "dubbo-go-1.5", "dubbo-java"];

    public RegistrationBodyValidator()
    {
        RuleFor(static body => body.Service).NotNull().When(static body => body.Url is null).WithErrorCode(FaultCodes.Missing).WithMessage("'service' is required.")
            .OverridePropertyName("/service");
        RuleFor(static body => body.Service!).Must(RegistrationRules.IsName)
            .When(static body => body.Service is not null).WithErrorCode(FaultCodes.InvalidValue)
            .WithMessage("A service name must be 1 to 253 of A-Z a-z 0-9 . _ : $ -").OverridePropertyName("/service");
        RuleFor(static body => body.Port).NotNull().When(static body => body.Url is null).WithErrorCode(FaultCodes.Missing).WithMessage("'port' is required.")
            .OverridePropertyName("/port");
        RuleFor(static body => body.Port).InclusiveBetween(1, 65_535).WithErrorCode(FaultCodes.OutOfRange)
            .WithMessage("The port must be 1 to 65535.").OverridePropertyName("/port");
        GroupAndVersion();
        RuleFor(static body => body.Protocol!).Must(RegistrationRules.IsProtocol).When(static body => body.Protocol is not null)
            .WithErrorCode(FaultCodes.InvalidValue).WithMessage(ProtocolSentence).OverridePropertyName("/protocol");
        RuleFor(static body => body.Weight).InclusiveBetween(0, MaxWeight).WithErrorCode(FaultCodes.OutOfRange)
            .WithMessage("The weight must be 0 to 10000.").OverridePropertyName("/weight");
        RuleFor(static body => body.Ttl).InclusiveBetween(1, MaxTtl).WithErrorCode(FaultCodes.OutOfRange)
            .WithMessage("The ttl must be 1 to 86400 seconds.").OverridePropertyName("/ttl");
        RuleFor(static body => body.Container!).Must(static name => ObjectNames.IsLabel(name)).When(static body => body.Container is not null)
            .WithErrorCode(FaultCodes.InvalidValue).WithMessage("The container must be a DNS label or 'none'.").OverridePropertyName("/container");
        RuleFor(static body => body).Custom(static (body, context) => CheckTarget(body, context));
        RuleFor(static body => body).Custom(static (body, context) => CheckPorts(body, context));
        RuleFor(static body => body).Custom(static (body, context) => CheckMetadata(body, context));
        RuleFor(static body => body).Custom(static (body, context) => CheckMirrors(body, context));
    }

    private void GroupAndVersion()
    {
        RuleFor(static body => body.Group!).Must(RegistrationRules.IsQualifier)
            .When(static body => body.Group is not null).WithErrorCode(FaultCodes.InvalidValue)
            .WithMessage("The group must be at most 128 of A-Z a-z 0-9 . _ : $ -").OverridePropertyName("/group");
        RuleFor(static body => body.Version!).Must(RegistrationRules.IsQualifier)
            .When(static body => body.Version is not null).WithErrorCode(FaultCodes.InvalidValue)
            .WithMessage("The version must be at most 128 of A-Z a-z 0-9 . _ : $ -").OverridePropertyName("/version");
    }

    private static void CheckTarget(RegistrationBody body, ValidationContext<RegistrationBody> context)
    {
        if (body.Namespace is null != body.Pod is null)
            context.Fail(body.Pod is null ? "/pod" : "/namespace", FaultCodes.Missing, "'namespace' and 'pod' must be given together.");
        if (body.Namespace is not null && !ObjectNames.IsLabel(body.Namespace))
            context.Fail("/namespace", FaultCodes.InvalidValue, "A namespace must be a DNS label.");
        if (body.Pod is not null && !ObjectNames.IsSubdomain(body.Pod))
            context.Fail("/pod", FaultCodes.InvalidValue, "A pod name must be a DNS subdomain.");
    }

    private static void CheckPorts(RegistrationBody body, ValidationContext<RegistrationBody> context)
    {
        if (body.Ports is not { } ports)
            return;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ports.Count; i++)
        {
            var (port, pointer) = (ports[i], $"/ports/{i}");
            if (port.Name is null)
                context.Fail($"{pointer}/name", FaultCodes.Missing, "'name' is required.");
            else if (!RegistrationRules.IsPortName(port.Name))
                context.Fail($"{pointer}/name", FaultCodes.InvalidValue, "A port name must be 1 to 63 of A-Z a-z 0-9 . _ : $ -");
            else if (!names.Add(port.Name))
                context.Fail($"{pointer}/name", FaultCodes.Repeated, "Another port has this name.");
            if (port.Port is null)
                context.Fail($"{pointer}/port", FaultCodes.Missing, "'port' is required.");
            else if (port.Port is < 1 or > 65_535)
                context.Fail($"{pointer}/port", FaultCodes.OutOfRange, "The port must be 1 to 65535.");
            if (port.Protocol is not null && !RegistrationRules.IsProtocol(port.Protocol))
                context.Fail($"{pointer}/protocol", FaultCodes.InvalidValue, ProtocolSentence);
        }
    }

    private static void CheckMetadata(RegistrationBody body, ValidationContext<RegistrationBody> context) =>
        CheckMetadataKeys(body.Metadata, context.Fail);

    internal static void CheckMetadataKeys(IReadOnlyDictionary<string, string?>? metadata, Action<string, string, string> fail)
    {
        foreach (var key in metadata?.Keys ?? [])
        {
            if (!RegistrationRules.IsMetadataKey(key))
                fail(JsonPointer.Append("/metadata", key), FaultCodes.InvalidValue, "A metadata key must have 1 to 253 characters.");
        }
    }

    private static void CheckMirrors(RegistrationBody body, ValidationContext<RegistrationBody> context)
    {
        if (body.Mirrors is not { } mirrors)
            return;
        for (var i = 0; i < mirrors.Count; i++)
        {
            if (!MirrorFormats.Contains(mirrors[i], StringComparer.Ordinal))
                context.Fail($"/mirrors/{i}", FaultCodes.InvalidValue, $"A mirror must be one of {string.Join(", ", MirrorFormats)}.");
            else if (mirrors.Take(i).Contains(mirrors[i], StringComparer.Ordinal))
                context.Fail($"/mirrors/{i}", FaultCodes.Repeated, "This mirror appears twice.");
        }
        if (mirrors.Contains("dubbo-go-1.4") && mirrors.Contains("dubbo-go-1.5"))
            context.Fail("/mirrors", FaultCodes.InvalidValue, "dubbo-go-1.4 and dubbo-go-1.5 use the same annotation; a pod can have only one of them.");
    }
}

/// <summary>Copies FluentValidation failures, whose property names are JSON pointers here, to the fault list.</summary>
public static class ValidationFaults
{
    public static void Fail<T>(this ValidationContext<T> context, string pointer, string code, string detail) =>
        context.AddFailure(new ValidationFailure(pointer, detail) { ErrorCode = code });

    /// <summary>
    /// A member that already has a fault (a wrong type) is not also reported as missing, nor is one that may come after the point where
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

    /// <summary>A member of the body itself; nested members were read completely.</summary>
    private static bool IsMissing(ValidationFailure failure) => failure.ErrorCode == FaultCodes.Missing && failure.PropertyName.LastIndexOf('/') == 0;
}
