namespace Gateway.Api.Errors;

/// <summary>The stable codes inside <c>errors</c> of a problem: the fault of one member or parameter.</summary>
public static class FaultCodes
{
    public const string Missing = "missing";
    public const string UnknownMember = "unknown-member";
    public const string UnknownParameter = "unknown-parameter";
    public const string Repeated = "repeated";
    public const string WrongType = "wrong-type";
    public const string OutOfRange = "out-of-range";
    public const string InvalidValue = "invalid-value";
    public const string TooLong = "too-long";
    public const string Syntax = "syntax";
}
