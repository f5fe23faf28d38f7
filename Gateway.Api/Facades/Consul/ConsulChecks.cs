using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Consul;

/// <summary>A check as answers show it.</summary>
internal sealed record ShownCheck(string Id, string Name, string Status, string Notes, string Output, string Type, string Interval = "", string Timeout = "");

/// <summary>
/// The checks of an instance, so that it is passing exactly where it is UP: those that its client registered, one for what Kubernetes says, and
/// one while it is under maintenance. Pure.
/// </summary>
internal static class ConsulChecks
{
    private const string Kubernetes = "kubernetes";
    private const string DefaultMaintenance = "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";

    /// <summary>The id of the check by which Consul says maintenance.</summary>
    public static string MaintenanceId(string serviceId) => $"_service_maintenance:{serviceId}";

    public static ImmutableArray<ShownCheck> Of(Instance instance, ConsulDetail detail, string serviceId)
    {
        var checks = ImmutableArray.CreateBuilder<ShownCheck>(detail.Checks.Length + 2);
        var said = SaidOf(instance);
        var isByClient = said is not null && !detail.Reported.IsEmpty;
        var lapsed = instance.Status == InstanceStatus.Down && instance.Reason == "LeaseExpired";
        var worst = detail.Reported.Aggregate(ConsulStatus.Passing, static (worst, check) => ConsulStatus.Worse(worst, check.Status));
        foreach (var check in detail.Checks)
        {
            // Where nothing tells the reported ones apart, what the registration says is said of each.
            var status = check.IsReported
                ? lapsed ? ConsulStatus.Critical : said is null ? ConsulStatus.Passing : worst == said ? check.Status : said
                : IsReady(instance) ? ConsulStatus.Passing : ConsulStatus.Critical;
            checks.Add(new ShownCheck(
                check.Id, check.Name.Length > 0 ? check.Name : $"Service '{instance.Key.Service}' check", status, check.Notes,
                check.IsReported && lapsed ? "TTL expired" : check.IsReported ? "" : "Follows the pod's readiness", check.Type, check.Interval, check.Timeout));
        }

        checks.Add(new ShownCheck(
            $"{Kubernetes}:{serviceId}", "Kubernetes readiness",
            IsReady(instance) && (said is null || isByClient) ? ConsulStatus.Passing : said is ConsulStatus.Warning && !isByClient ? said : ConsulStatus.Critical,
            "", instance.Reason is null ? InstanceStatusNames.Of(instance.Status) : $"{InstanceStatusNames.Of(instance.Status)}: {instance.Reason}", Kubernetes));
        if (instance.Status == InstanceStatus.OutOfService && said is null)
            checks.Add(new ShownCheck(
                MaintenanceId(serviceId), "Service Maintenance Mode", ConsulStatus.Critical,
                instance.Reason == ClientReasons.Maintenance && detail.MaintenanceReason.Length > 0 ? detail.MaintenanceReason : DefaultMaintenance,
                "", "maintenance"));
        return checks.ToImmutable();
    }

    /// <summary>What a client's check said; null: nothing, or that it passes.</summary>
    private static string? SaidOf(Instance instance) => instance is not { Status: InstanceStatus.OutOfService, Reason: { } reason } ? null : reason switch
    {
        ClientReasons.Warning => ConsulStatus.Warning,
        ClientReasons.Critical or ClientReasons.Down or ClientReasons.Starting => ConsulStatus.Critical,
        _ => null,
    };

    /// <summary>What Kubernetes says; out of service, a pod may be ready or not.</summary>
    private static bool IsReady(Instance instance) => instance.Status is InstanceStatus.Up or InstanceStatus.OutOfService
        || (instance.Status == InstanceStatus.Down && instance.Reason == "LeaseExpired");
}
