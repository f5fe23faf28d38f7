using Gateway.Core.Annotations;
using Gateway.Core.Identity;

namespace Gateway.Core.Registration;

/// <summary>
/// The pod that holds a registration. <paramref name="Shown"/>: the key of the instance with that id, where this replica shows one.
/// </summary>
internal sealed record LocatedPod(TargetPod Target, RegistrationKey? Shown);
