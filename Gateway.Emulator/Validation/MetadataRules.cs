using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Validation;

/// <summary>Validates names, labels and annotations as apimachinery's <c>ValidateObjectMeta</c> does.</summary>
internal static partial class MetadataRules
{
    private const int AnnotationBytes = 262_144;

    private const string SubdomainMessage =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
        "alphanumeric character (e.g. 'example.com', regex used for validation is " +
        @"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelMessage =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric " +
        "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string DnsLabelMessage =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an " +
        "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string QualifiedMessage =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. " +
        "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string LabelValueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
        "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    public static IEnumerable<FieldFault> Check(ResourceKind kind, JsonObject content)
    {
        var metadata = content["metadata"]!.AsObject();
        if (NameFault(kind, (string?)metadata["name"] ?? "") is { } fault)
            yield return fault;
        foreach (var (key, value) in metadata["labels"] as JsonObject ?? [])
        {
            foreach (var message in KeyFaults(key))
                yield return FieldFault.Invalid("metadata.labels", $"\"{key}\"", message);
            if (ValueFault((string?)value ?? "") is { } wrong)
                yield return FieldFault.Invalid("metadata.labels", $"\"{value}\"", wrong);
        }
        foreach (var annotation in CheckAnnotations(metadata["annotations"] as JsonObject))
            yield return annotation;
    }

    public static IEnumerable<FieldFault> CheckAnnotations(JsonObject? annotations)
    {
        long total = 0;
        foreach (var (key, value) in annotations ?? [])
        {
            // Annotation keys may contain capitals; the real server validates them in lower case.
            foreach (var message in KeyFaults(key.ToLowerInvariant()))
                yield return FieldFault.Invalid("metadata.annotations", $"\"{key}\"", message);
            total += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount((string?)value ?? "");
        }
        if (total > AnnotationBytes)
            yield return FieldFault.TooLong("metadata.annotations", $"may not be more than {AnnotationBytes} bytes");
    }

    private static FieldFault? NameFault(ResourceKind kind, string name)
    {
        if (name.Length == 0)
            return FieldFault.Required("metadata.name", "name or generateName is required");
        if (kind.Group == "rbac.authorization.k8s.io")
            return name is "." or ".." || name.AsSpan().ContainsAny('/', '%') ? FieldFault.Invalid("metadata.name", $"\"{name}\"", "may not contain '/' or '%'") : null;
        var (pattern, message, length) = kind == ResourceKinds.Services ? (DnsLabel(), DnsLabelMessage, 63)
            : kind == ResourceKinds.Namespaces ? (Label(), LabelMessage, 63)
            : (Subdomain(), SubdomainMessage, 253);
        if (name.Length > length)
            return FieldFault.Invalid("metadata.name", $"\"{name}\"", $"must be no more than {length} characters");
        return pattern.IsMatch(name) ? null : FieldFault.Invalid("metadata.name", $"\"{name}\"", message);
    }

    internal static IEnumerable<string> KeyFaults(string key)
    {
        var parts = key.Split('/');
        if (parts.Length > 2)
        {
            yield return "a qualified name " + QualifiedMessage["name part ".Length..] +
                " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }
        if (parts.Length == 2)
        {
            if (parts[0].Length == 0)
                yield return "prefix part must be non-empty";
            else if (parts[0].Length > 253)
                yield return "prefix part must be no more than 253 characters";
            else if (!Subdomain().IsMatch(parts[0]))
                yield return "prefix part " + SubdomainMessage;
        }
        var name = parts[^1];
        if (name.Length == 0)
            yield return "name part must be non-empty";
        else if (name.Length > 63)
            yield return "name part must be no more than 63 characters";
        if (!Qualified().IsMatch(name))
            yield return QualifiedMessage;
    }

    internal static string? ValueFault(string value) =>
        value.Length > 63 ? "must be no more than 63 characters"
        : value.Length > 0 && !Qualified().IsMatch(value) ? LabelValueMessage
        : null;

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[a-z]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z")]
    private static partial Regex Qualified();
}
