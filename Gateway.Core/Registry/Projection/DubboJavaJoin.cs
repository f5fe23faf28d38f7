using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// Dubbo Java names its application by the Kubernetes Service, not in the pod: for each Service with a selector whose slices contain the
/// pod there is one record per Dubbo endpoint, or one per port of the slices if there is no Dubbo endpoint.
/// </summary>
internal static class DubboJavaJoin
{
    public static IEnumerable<RegistrationRecord> Records(ServiceKey service, Pod pod, DubboJavaMetadata metadata, EndpointGroup group) =>
        Endpoints(metadata, group).Select(endpoint =>
        {
            var key = new RegistrationKey(service.Namespace, service.Name, "", "", endpoint.Protocol, endpoint.Port);
            return new RegistrationRecord
            {
                Id = key.IdFor(pod.Metadata.Uid),
                Key = key,
                Source = InstanceSource.DubboJava,
                Metadata = metadata.Metadata,
                RegisteredAt = metadata.RegisteredAt,
            };
        });

    private static IEnumerable<DubboEndpoint> Endpoints(DubboJavaMetadata metadata, EndpointGroup group) =>
        metadata.Endpoints.IsEmpty
            ? SlicePorts.Union(group.Slices).Select(static port => new DubboEndpoint(port.Port, port.Protocol)).Distinct()
            : metadata.Endpoints;
}
