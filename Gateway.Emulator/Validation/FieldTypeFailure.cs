namespace Gateway.Emulator.Validation;

/// <summary>A value whose JSON type does not match its field; the message is the one of Go's decoder.</summary>
internal sealed class FieldTypeFailure(string message) : Exception(message);
