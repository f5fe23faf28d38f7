using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.History;

/// <summary>One instance that was added (<paramref name="Before"/> is null), modified, or removed (<paramref name="After"/> is null).</summary>
/// <param name="Of">The change of its service.</param>
/// <param name="Before">As it was; null with <paramref name="After"/>: only the Service itself changed.</param>
/// <param name="After">As it is then.</param>
/// <param name="Cause">One of <see cref="ChangeCauses"/>.</param>
public sealed record HistoryChange(ServiceChange Of, Instance? Before, Instance? After, string Cause)
{
    public const string Added = "added";
    public const string Modified = "modified";
    public const string Removed = "removed";

    // Approximate sizes of an entry with its strings, and of an instance without its texts.
    private const int BytesOfEntry = 256;
    private const int BytesOfInstance = 768;

    public string Type => Before is null ? Added : After is null ? Removed : Modified;

    /// <summary>As streams send it: as it is now, or, once removed, as it was last.</summary>
    public Instance? Instance => After ?? Before;

    /// <summary>Approximately what this entry alone holds. The instance after it is current, or held by the next change.</summary>
    internal int Bytes { get; } = BytesOfEntry + (Before is null ? 0 : BytesOf(Before));

    private static int BytesOf(Instance instance)
    {
        var characters = 0;
        if (!instance.Metadata.IsEmpty)
        {
            foreach (var (key, value) in instance.Metadata)
                characters += key.Length + value.Length + 48;
        }

        return BytesOfInstance + (2 * characters) + (64 * instance.Ports.Length) + (64 * instance.Addresses.Length);
    }
}

/// <summary>One service that one publication changed: when, and what it was before. Shared by the changes of its instances.</summary>
/// <param name="Service">The service.</param>
/// <param name="At">When this replica published it; never earlier than the change before.</param>
/// <param name="Sequence">The number of the snapshot.</param>
/// <param name="Revision">The service's revision from then on.</param>
/// <param name="FormerRevision">Its revision until then.</param>
/// <param name="FormerFallback">Its Kubernetes Service until then.</param>
public sealed record ServiceChange(
    ServiceKey Service, DateTimeOffset At, ulong Sequence, Revision Revision, Revision FormerRevision, Fallback? FormerFallback);
