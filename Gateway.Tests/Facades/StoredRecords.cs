using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;
using Gateway.Emulator;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Facades;

/// <summary>Registrations that are in a pod's annotations already, as clients of other registries made them: that costs a test less than as many calls.</summary>
internal static class StoredRecords
{
    /// <summary>In place of the annotations that the pod in shop has; the client's id is service and port.</summary>
    public static void Write(EmulatedCluster cluster, string pod, string protocol, IEnumerable<(string Service, int Port, string? Padding)> registrations)
    {
        var uid = cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)!.Uid;
        var annotations = new JsonObject();
        foreach (var (service, port, padding) in registrations)
        {
            var key = new RegistrationKey("shop", service, "", "", "http", port);
            var record = new RegistrationRecord
            {
                Id = key.IdFor(uid),
                Key = key,
                Source = InstanceSource.Gateway,
                Metadata = padding is null ? ImmutableSortedDictionary<string, string>.Empty : ImmutableSortedDictionary<string, string>.Empty.Add("padding", padding),
                RegisteredAt = DateTimeOffset.UnixEpoch,
                PostedAt = DateTimeOffset.UnixEpoch,
                Clients = [new ClientAlias(protocol, $"{service}:{port}", "{}")],
            };
            annotations[$"registry-gateway.io/{record.Id}"] = NativeFormat.Write(record);
        }

        cluster.Objects.Change(ResourceKinds.Pods, "shop", pod, stored => stored["metadata"]!["annotations"] = annotations).ShouldNotBeNull();
    }
}
