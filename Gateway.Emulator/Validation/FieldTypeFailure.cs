namespace Gateway.Emulator.Validation;

/// <summary>A value whose JSON type does not fit its field; the message is what Go's decoder says.</summary>
internal sealed class FieldTypeFailure(string message) : Exception(message);
