namespace Gateway.Core.Registration;

/// <summary>What a cleanup came to, in pods.</summary>
/// <param name="Seen">All pods looked at.</param>
/// <param name="Changed">Pods that something of ours was taken from.</param>
/// <param name="Failed">Pods that could not be changed, each with the reason.</param>
public sealed record CleanupReport(int Seen, int Changed, IReadOnlyList<string> Failed);
