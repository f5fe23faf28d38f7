using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// Lists the interfaces of a namespace: services with a Dubbo record, a Dubbo protocol or Dubbo's own metadata, those of mapped Services
/// and of applications' MetadataInfo, and those that are only consumed. A plain service is not an interface.
/// </summary>
public static class InterfaceCatalog
{
    private static readonly ImmutableHashSet<string> Protocols =
        ["dubbo", "tri", "rmi", "hessian", "webservice", "thrift", "native-thrift", "rest", "jsonrpc", "avro"];

    /// <summary>Sorted by name.</summary>
    public static IReadOnlyList<DubboInterface> List(RegistrySnapshot snapshot, IApplicationStore applications, string ns, string prefix)
    {
        var pods = DubboPods.Of(snapshot);
        var consumers = pods.ConsumedIn(ns).ToHashSet(StringComparer.Ordinal);
        var names = snapshot.Services.Values.Where(service => service.Key.Namespace == ns && IsInterface(service)).Select(static service => service.Key.Name)
            .Concat(consumers).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);
        return [.. names.Select(name => Describe(snapshot, applications, pods, new ServiceKey(ns, name), consumers.Contains(name)))];
    }

    /// <summary>The applications that provide an interface: mapped ones, and the Services that are its origins.</summary>
    public static ImmutableSortedSet<string> ApplicationsOf(RegistrySnapshot snapshot, IApplicationStore applications, ServiceKey service)
    {
        var registered = applications.ApplicationsOf(service.Namespace, service.Name)
            .Where(name => ApplicationRegistrations.Exist(snapshot, new(service.Namespace, name)));
        return registered.Union(snapshot.Find(service).Origins.Where(origin => IsService(snapshot, new ServiceKey(service.Namespace, origin))))
            .ToImmutableSortedSet(StringComparer.Ordinal);
    }

    private static bool IsService(RegistrySnapshot snapshot, ServiceKey origin) => snapshot.Services.TryGetValue(origin, out var found) && found.Fallback is not null;

    private static DubboInterface Describe(RegistrySnapshot snapshot, IApplicationStore applications, DubboPods pods, ServiceKey service, bool isConsumed) => new(
        service.Name, snapshot.Find(service).Summary, isConsumed ? pods.ConsumersOf(service).Count() : 0, ApplicationsOf(snapshot, applications, service));

    private static bool IsInterface(ServiceSnapshot service)
    {
        if (!service.Origins.IsEmpty)
            return true;
        foreach (var instance in service.Instances)
        {
            // Instances of applications: named by their Service, or declared as such by a metadata revision.
            if (instance.IsOfApplication || instance.Source is InstanceSource.Endpoints or InstanceSource.DubboJava || instance.Metadata.ContainsKey("dubbo.metadata.revision"))
                continue;
            if (instance.Source == InstanceSource.DubboGo || Protocols.Contains(instance.Key.Protocol) || instance.Metadata.ContainsKey("methods")
                || instance.Metadata.GetValueOrDefault("side") == "provider")
                return true;
        }

        return false;
    }
}

/// <summary>One interface in a list: its providers counted as for any service, and the number of pods with a consumer record.</summary>
public sealed record DubboInterface(string Name, ServiceSummary Providers, int Consumers, ImmutableSortedSet<string> Applications);
