using System.Globalization;

namespace Gateway.Api.Endpoints;

/// <summary>How far the news went at one replica: its streams that include the service, and how many of them were not sent it.</summary>
internal sealed record DrainProgress(bool Complete, int Subscribers, int Pending)
{
    // More streams than a replica holds; the sum over all replicas stays a number.
    private const int MostStreams = 1_000_000;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Complete ? 1 : 0)} {Subscribers} {Pending}");

    /// <summary>Null: no replica answers so.</summary>
    public static DrainProgress? Parse(string? text) =>
        text?.Split(' ', 4) is [var complete and ("0" or "1"), var subscribers, var pending]
        && TryCount(subscribers, out var all) && TryCount(pending, out var behind)
            ? new DrainProgress(complete == "1", all, behind)
            : null;

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= MostStreams;
}
