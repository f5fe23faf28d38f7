using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>All that is kept of one application: its MetadataInfo by revision, and the interfaces that were mapped to it. Immutable.</summary>
public sealed record ApplicationFacts
{
    public static readonly ApplicationFacts None = new();

    // Made by the first reader, since the projection asks once for every interface.
    private HashSet<string>? _allInterfaces;

    /// <summary>By revision, ordinal.</summary>
    public ImmutableSortedDictionary<string, ApplicationMetadata> Revisions
    {
        get;
        init => (field, _allInterfaces) = (value, null);
    } =
        ImmutableSortedDictionary.Create<string, ApplicationMetadata>(StringComparer.Ordinal);

    public ImmutableSortedSet<string> Interfaces
    {
        get;
        init => (field, _allInterfaces) = (value, null);
    } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>
    /// The revision that a pod of the application stored last; it applies to instances that name none. <see cref="IApplicationStore.Settle"/> moves it
    /// back where its publisher is no pod of the application any more.
    /// </summary>
    public string? Latest { get; init; }

    public bool IsEmpty => Revisions.IsEmpty && Interfaces.IsEmpty;

    /// <summary>Every interface that some revision, or a mapping, names.</summary>
    public IReadOnlySet<string> AllInterfaces => _allInterfaces ??= Interfaces.Concat(
        Revisions.Values.SelectMany(static metadata => metadata.Services).Select(static service => service.Name)).ToHashSet(StringComparer.Ordinal);

    public ApplicationMetadata? Find(string? revision) =>
        (revision ?? Latest) is { } named ? Revisions.GetValueOrDefault(named) : null;
}

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

    /// <summary>The fact as line-separated text: its key where replicas share it.</summary>
    internal string Key => string.Join(Separator, IsMapping ? Mapping : Metadata, Application.Namespace, Application.Name, Name);

    /// <summary>Null for what no call can have stored: other kinds, and invalid names.</summary>
    internal static ApplicationFact? TryParse(RedisValue key) =>
        RedisInput.TryText(key, MaxKeyBytes, out var text) && text.Split(Separator) is [var kind and (Metadata or Mapping), var ns, var application, var name]
        && ObjectNames.IsLabel(ns) && RegistrationRules.IsName(application)
        && RegistrationRules.IsName(name) && (kind == Mapping || RegistrationRules.IsQualifier(name))
            ? new(new(ns, application), name, kind == Mapping)
            : null;
}

/// <summary>A Dubbo application (<c>dubbo.application.name</c>) in a namespace.</summary>
public readonly record struct ApplicationName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}
