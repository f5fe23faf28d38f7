using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Authentication;

/// <summary>The object that a token is bound to: the token is invalid once this object is deleted.</summary>
internal sealed record TokenBinding(ResourceKind Kind, string Name, string Uid);
