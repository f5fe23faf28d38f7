namespace Gateway.Emulator.Storage;

public enum WriteOutcome
{
    Written,

    NotFound,

    /// <summary>The stored version is not the expected one.</summary>
    Conflict,
}
