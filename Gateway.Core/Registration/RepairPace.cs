namespace Gateway.Core.Registration;

/// <summary>
/// How often one pod's mirrors are written again. The first times at once; whoever goes on changing them back is met less and less
/// often, and forgotten after a calm. Used by the repair's loop alone.
/// </summary>
internal sealed class RepairPace
{
    private const int FreeRepairs = 3;

    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan LongestRefused = TimeSpan.FromHours(1);
    public static readonly TimeSpan Calm = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstRefused = TimeSpan.FromMinutes(1);

    private int _repairs;
    private int _refusals;

    /// <summary>Not written again before this time.</summary>
    public DateTimeOffset NotBefore { get; private set; }

    /// <summary>Whether nothing that was done to the pod counts any more.</summary>
    public bool IsForgotten(DateTimeOffset now) => now >= NotBefore + Calm;

    /// <summary>It was written.</summary>
    public void Wrote(DateTimeOffset now)
    {
        _refusals = 0;
        NotBefore = now + (++_repairs < FreeRepairs ? TimeSpan.Zero : Doubled(First, _repairs - FreeRepairs, Longest));
    }

    /// <summary>It could not be written, for a reason that may pass soon.</summary>
    public void Failed(DateTimeOffset now) => NotBefore = now + Doubled(First, _refusals++, Longest);

    /// <summary>The cluster says no; only a change of its policy helps.</summary>
    public void Refused(DateTimeOffset now) => NotBefore = now + Doubled(FirstRefused, _refusals++, LongestRefused);

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest) =>
        times > 20 || first * (1 << times) > longest ? longest : first * (1 << times);
}
