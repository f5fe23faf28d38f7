namespace Gateway.Emulator.Failures;

/// <summary>
/// One invalid field, as a Status lists it under <c>details.causes</c>. <paramref name="Field"/> is a path such as <c>metadata.uid</c>.
/// </summary>
public sealed record FieldFault(string Reason, string Message, string Field)
{
    public static FieldFault Invalid(string field, string value, string why) =>
        new("FieldValueInvalid", $"Invalid value: {value}: {why}", field);

    public static FieldFault Required(string field, string why) =>
        new("FieldValueRequired", why.Length == 0 ? "Required value" : "Required value: " + why, field);

    public static FieldFault Forbidden(string field, string why) => new("FieldValueForbidden", "Forbidden: " + why, field);

    public static FieldFault TooLong(string field, string why) => new("FieldValueTooLong", "Too long: " + why, field);

    public static FieldFault Unsupported(string field, string value, params string[] allowed) =>
        new("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {string.Join(", ", allowed.Select(static one => $"\"{one}\""))}", field);

    public static FieldFault Duplicate(string field, string value) => new("FieldValueDuplicate", $"Duplicate value: \"{value}\"", field);
}
