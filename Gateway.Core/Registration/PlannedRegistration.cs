using Gateway.Core.Annotations;

namespace Gateway.Core.Registration;

/// <summary>A registration as an edit leaves it: the record that then counts, and whether the registration is new.</summary>
internal sealed record PlannedRegistration(RegistrationRecord Record, bool IsNew);
