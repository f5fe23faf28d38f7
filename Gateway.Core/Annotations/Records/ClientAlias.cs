using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// What a client of another registry calls its registration: its id byte for byte, unique within the pod and the protocol, and what that protocol's
/// facade keeps beside it. Shown by the facades alone, never by the native API.
/// </summary>
/// <param name="Protocol"><c>eureka</c>, <c>consul</c> or <c>nacos</c>.</param>
/// <param name="Id">The client's id, at most <see cref="MaxIdLength"/> characters.</param>
/// <param name="Detail">The facade's own compact JSON, opaque to everything else, at most <see cref="MaxDetailBytes"/> in UTF-8; null: none.</param>
public sealed record ClientAlias(string Protocol, string Id, string? Detail = null)
{
    public const int MaxIdLength = 1_024;
    public const int MaxDetailBytes = 16 * 1024;

    /// <summary>The most protocols under which one registration is known.</summary>
    public const int MaxProtocols = 4;

    public static bool IsId(string text) => text.Length is > 0 and <= MaxIdLength;
}

/// <summary>The aliases of one registration: one a protocol, sorted by protocol.</summary>
public static class ClientAliases
{
    public static ClientAlias? Find(ImmutableArray<ClientAlias> aliases, string protocol)
    {
        foreach (var alias in aliases)
        {
            if (alias.Protocol == protocol)
                return alias;
        }

        return null;
    }

    /// <summary>With this alias in place of the protocol's former one.</summary>
    public static ImmutableArray<ClientAlias> With(ImmutableArray<ClientAlias> aliases, ClientAlias alias) =>
        [.. aliases.Where(one => one.Protocol != alias.Protocol).Append(alias).OrderBy(static one => one.Protocol, StringComparer.Ordinal)];
}

/// <summary>Why an instance is OUT_OF_SERVICE by its own client's word.</summary>
public static class ClientReasons
{
    public const string Down = "ClientDown";
    public const string Starting = "ClientStarting";
    public const string OutOfService = "ClientOutOfService";
    public const string Critical = "ClientCritical";
    public const string Warning = "ClientWarning";
    public const string Maintenance = "ClientMaintenance";
    public const string Disabled = "ClientDisabled";

    public static readonly ImmutableArray<string> All = [Down, Starting, OutOfService, Critical, Warning, Maintenance, Disabled];
}
