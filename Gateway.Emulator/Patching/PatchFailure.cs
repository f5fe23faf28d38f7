namespace Gateway.Emulator.Patching;

/// <summary>A well-formed patch that does not fit the object.</summary>
internal sealed class PatchFailure(string message) : Exception(message);
