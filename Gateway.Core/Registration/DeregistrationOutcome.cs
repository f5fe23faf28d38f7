namespace Gateway.Core.Registration;

/// <summary>A deregistration that stands at the API server; see <see cref="RegistrationOutcome"/>. The revision is null where there was no pod left to write to.</summary>
public sealed record DeregistrationOutcome(string? Revision, bool IsPending);
