using System.Globalization;
using Gateway.Api.Contracts;

namespace Gateway.Api.Endpoints;

/// <summary>
/// What a replica asks every other: how far the news went that this instance is not UP. <paramref name="Revision"/>: what the asking replica has
/// seen; one that is behind may not know the instance yet.
/// </summary>
internal sealed record DrainQuestion(string Id, string Namespace, string Service, string Revision, TimeSpan Limit)
{
    // A minute is the longest that a caller may wait.
    private const long MostMilliseconds = 120_000;

    public override string ToString() =>
        string.Join(' ', Id, Namespace, Service, Revision, ((long)Limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>Null: no replica of this version asks so.</summary>
    public static DrainQuestion? Parse(string text) =>
        text.Split(' ', 6) is [var id, var ns, var service, var revision, var limit]
        && IsId(id) && NameRules.IsLabel(ns) && NameRules.IsName(service, NameRules.MaxService) && revision.Length <= Core.Registry.Revision.MaxLength
        && long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= MostMilliseconds
            ? new DrainQuestion(id, ns, service, revision, TimeSpan.FromMilliseconds(milliseconds))
            : null;

    private static bool IsId(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigitLower);
}
