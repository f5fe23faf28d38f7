namespace Gateway.Emulator.Patching;

/// <summary>A well-formed patch that cannot be applied to the object.</summary>
internal sealed class PatchFailure(string message) : Exception(message);
