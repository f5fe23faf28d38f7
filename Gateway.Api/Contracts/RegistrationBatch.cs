using Gateway.Core.Registration;

namespace Gateway.Api.Contracts;

/// <summary>What one POST asks for; an array is answered as an array, also one of a single element.</summary>
public sealed record RegistrationBatch(IReadOnlyList<RegistrationRequest> Items, bool IsArray);
