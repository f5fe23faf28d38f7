using System.Buffers;
using System.Globalization;
using Gateway.Core.Registry;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// The <c>lastRefTime</c> of a list. Clients take a list with a lower one as out of date, whichever replica it came from, so it is no time of a process but
/// the newest version of the cluster that the replica has seen when it answers, after the count of restored backups of etcd. (That of the service's last
/// change would not do: replicas that fold a change together with later ones see it at different versions.) So it falls only where a replica is behind the
/// one that answered before, and its list is the older one. Below 2^53, where JavaScript's numbers end, and always of the same length: a list is
/// made once a state of its service, and only the time is written each time.
/// </summary>
internal static class NacosTime
{
    public const int Length = 16;

    private const ulong PerHistory = 1_000_000_000_000_000;
    private const uint MostHistories = 7;

    public static ulong Of(RegistrySnapshot snapshot, string ns)
    {
        var (history, newest) = snapshot.NewestIn(ns);
        return ((1 + Math.Min(history, MostHistories)) * PerHistory) + Math.Min(newest, PerHistory - 1);
    }

    public static void Write(IBufferWriter<byte> writer, ulong time)
    {
        time.TryFormat(writer.GetSpan(Length), out var written, provider: CultureInfo.InvariantCulture);
        writer.Advance(written);
    }
}
