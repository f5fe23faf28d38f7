using Gateway.Core.Annotations;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Applications;

/// <summary>
/// One thing that is kept of an application, for as long as a registration names it: the MetadataInfo of revision <paramref name="Name"/>, or
/// (<paramref name="IsMapping"/>) that it provides the interface <paramref name="Name"/>.
/// </summary>
public readonly record struct ApplicationFact(ApplicationName Application, string Name, bool IsMapping)
{
    /// <summary>More than the longest names take.</summary>
    internal const int MaxKeyBytes = 600;

    private const char Separator = '\n';
    private const string Metadata = "metadata";
    private const string Mapping = "mapping";

    /// <summary>One line-separated text; what is shared between replicas goes by it.</summary>
    internal string Key => string.Join(Separator, IsMapping ? Mapping : Metadata, Application.Namespace, Application.Name, Name);

    /// <summary>Null for what no call can have said: other kinds, and names that are none.</summary>
    internal static ApplicationFact? TryParse(RedisValue key) =>
        RedisInput.TryText(key, MaxKeyBytes, out var text) && text.Split(Separator) is [var kind and (Metadata or Mapping), var ns, var application, var name]
        && IsNamespace(ns) && RegistrationRules.IsName(application)
        && RegistrationRules.IsName(name) && (kind == Mapping || RegistrationRules.IsQualifier(name))
            ? new(new(ns, application), name, kind == Mapping)
            : null;

    private static bool IsNamespace(string text) =>
        text.Length is > 0 and <= 63 && text[0] != '-' && text[^1] != '-'
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
