using Gateway.Core.Registry;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// The <c>lastRefTime</c> of a list. Clients take a list with a lower one as out of date, whichever replica it came from, so it is no time of a process but
/// the cluster's version at the service's last change, after the count of restored backups of etcd. Below 2^53: JavaScript's numbers end there.
/// </summary>
internal static class NacosTime
{
    private const int VersionBits = 44;
    private const uint MostHistories = 0x1FF;

    public static long Of(ServiceSnapshot service) =>
        ((long)Math.Min(service.Revision.History, MostHistories) << VersionBits) | (long)(service.Revision.Newest & ((1UL << VersionBits) - 1));
}
