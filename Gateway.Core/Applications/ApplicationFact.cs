namespace Gateway.Core.Applications;

/// <summary>
/// One thing that is kept of an application, for as long as a registration names it: the MetadataInfo of revision <paramref name="Name"/>, or
/// (<paramref name="IsMapping"/>) that it provides the interface <paramref name="Name"/>.
/// </summary>
public readonly record struct ApplicationFact(ApplicationName Application, string Name, bool IsMapping)
{
    private const char Separator = '\n';

    /// <summary>One line-separated text; what is shared between replicas goes by it.</summary>
    internal string Key => string.Join(Separator, IsMapping ? "mapping" : "metadata", Application.Namespace, Application.Name, Name);

    internal static ApplicationFact? TryParse(string key) =>
        key.Split(Separator) is [var kind, var ns, var application, var name] ? new(new(ns, application), name, kind == "mapping") : null;
}
