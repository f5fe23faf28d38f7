using System.Globalization;

namespace Gateway.Api.Endpoints;

/// <summary>
/// What a replica asks every other: how far the news went that this instance is not UP. <paramref name="Revision"/>: what the asking replica has
/// seen; one that is behind may not know the instance yet.
/// </summary>
internal sealed record DrainQuestion(string Id, string Namespace, string Service, string Revision, TimeSpan Limit)
{
    public override string ToString() =>
        string.Join(' ', Id, Namespace, Service, Revision, ((long)Limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>Null: another version of the gateway asks otherwise.</summary>
    public static DrainQuestion? Parse(string text) =>
        text.Split(' ') is [var id, var ns, var service, var revision, var limit]
        && long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? new DrainQuestion(id, ns, service, revision, TimeSpan.FromMilliseconds(milliseconds))
            : null;
}
