using System.Globalization;

namespace Gateway.Api.Endpoints;

/// <summary>How far the news went at one replica: its streams that include the service, and how many of them were not sent it.</summary>
internal sealed record DrainProgress(bool Complete, int Subscribers, int Pending)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Complete ? 1 : 0)} {Subscribers} {Pending}");

    public static DrainProgress? Parse(string? text) =>
        text?.Split(' ') is [var complete, var subscribers, var pending]
        && int.TryParse(subscribers, NumberStyles.None, CultureInfo.InvariantCulture, out var all)
        && int.TryParse(pending, NumberStyles.None, CultureInfo.InvariantCulture, out var behind)
            ? new DrainProgress(complete == "1", all, behind)
            : null;
}
