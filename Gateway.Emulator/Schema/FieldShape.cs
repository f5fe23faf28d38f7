namespace Gateway.Emulator.Schema;

public enum FieldShape
{
    String,
    Integer,
    Boolean,

    /// <summary>A string or a number: quantities, <c>targetPort</c>.</summary>
    StringOrNumber,

    /// <summary>An RFC 3339 time as a string, or null.</summary>
    Time,

    /// <summary>Any value; its content is not checked.</summary>
    Any,
    List,
    Map,
    Object,
}
