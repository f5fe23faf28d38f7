using Gateway.Api.Contracts;
using Gateway.Core.Identity;

namespace Gateway.Api.Endpoints;

/// <summary>Who is calling, and what the query says.</summary>
internal sealed record RegistrationCall(CallerIdentity Caller, UpdateQuery Query);
