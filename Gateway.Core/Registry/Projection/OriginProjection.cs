using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The instances that a service has from its origins, in addition to its own: those that an application's registrations provide by its
/// MetadataInfo, then the endpoints of mapped Services for pods without a record of the interface. Pure.
/// </summary>
internal static class OriginProjection
{
    private const string RevisionMember = "dubbo.metadata.revision";

    // These parameters become members of the instance and are not kept in its metadata.
    private static readonly string[] Derived = ["interface", "group", "version", "weight"];

    /// <summary>
    /// <paramref name="own"/>: the service's own instances, without those from origins; <paramref name="ofOrigins"/>: the same of each origin, in the
    /// order of <see cref="ServiceInputs.Origins"/>.
    /// </summary>
    public static ProjectedService Project(ServiceInputs inputs, ProjectedService own, IReadOnlyList<ProjectedService> ofOrigins)
    {
        if (inputs.Origins.Count == 0)
            return own;
        var work = new Work(inputs, own);
        var hasUnversionedInputs = own.HasUnversionedInputs;
        foreach (var (origin, its) in inputs.Origins.Zip(ofOrigins).Where(static one => one.First.Facts is not null))
        {
            // The metadata of applications has no version.
            hasUnversionedInputs = true;
            foreach (var instance in its.Instances)
            {
                if (instance.Source == InstanceSource.Endpoints)
                    continue;
                if (!IsReserved(inputs, instance))
                    AddProvided(work, origin, instance);
                else if (Provides(origin.Facts!, instance, inputs.Key.Name))
                    work.Reserved++;
            }
        }

        foreach (var origin in inputs.Origins)
        {
            if (!origin.Names.IsEmpty && inputs.ListsEndpoints)
                AddEndpoints(work, origin);
        }

        foreach (var (_, named) in inputs.Origins.Zip(ofOrigins).Where(static one => one.First.IsOfApplication))
        {
            hasUnversionedInputs |= named.HasUnversionedInputs;
            foreach (var instance in named.Instances)
                work.AddMember(instance);
        }

        work.Instances.Sort(static (one, other) => string.CompareOrdinal(one.Id, other.Id));
        return own with { Instances = work.Instances, HasUnversionedInputs = hasUnversionedInputs, Reserved = work.Reserved, Parts = null };
    }

    /// <summary>Whether the pod of that instance may not have the name of the service, which its application's metadata gives to it.</summary>
    private static bool IsReserved(ServiceInputs inputs, Instance instance) =>
        inputs.IsReservedFor(instance.Pod is { } pod ? inputs.FindPod(pod.KeyIn(instance.Key.Namespace))?.Pod : null);

    private static bool Provides(ApplicationFacts facts, Instance instance, string name) =>
        facts.Find(instance.Metadata.GetValueOrDefault(RevisionMember)) is { } metadata ? metadata.OfInterface(name).Any() : facts.Interfaces.Contains(name);

    private static void AddProvided(Work work, ServiceOrigin origin, Instance instance)
    {
        var application = origin.Key.Name;
        var facts = origin.Facts!;
        if (facts.Find(instance.Metadata.GetValueOrDefault(RevisionMember)) is not { } metadata)
        {
            if (facts.Interfaces.Contains(work.Inputs.Key.Name))
                work.Add(instance, instance.Key.Port, new ProvidedService(work.Inputs.Key.Name, "", "", "", 0, "", RegistrationRecord.NoMetadata), application);
            return;
        }

        foreach (var service in metadata.OfInterface(work.Inputs.Key.Name))
        {
            if (service.Protocol.Length == 0 || service.Protocol == instance.Key.Protocol)
                work.Add(instance, service.Port > 0 ? service.Port : instance.Key.Port, service, application);
        }
    }

    private static void AddEndpoints(Work work, ServiceOrigin origin)
    {
        var join = new EndpointJoin(origin.Inputs);
        foreach (var name in origin.Names)
        {
            foreach (var group in join.ByPod.Concat(join.ByAddress))
            {
                if (!group.IsOffered || group.Pod is { Pod.IsFinished: true })
                    continue;
                if (work.Inputs.IsReservedFor(group.Pod?.Pod))
                    work.Reserved++;
                else
                    AddEndpoint(work, origin, name, group);
            }
        }
    }

    private static void AddEndpoint(Work work, ServiceOrigin origin, MappedName name, EndpointGroup group)
    {
        var all = SlicePorts.Union(group.Slices);
        var ports = name.Port is null ? all : [.. all.Where(port => IsPort(port, name.Port))];
        if (ports.IsEmpty)
            return;
        var main = Main(ports);
        var (dubbo, key) = (name.Interface, work.Inputs.Key);
        var owner = group.Pod?.Pod.Metadata.Uid ?? group.Addresses[0];
        if (work.Claims(owner, dubbo, ports))
            return;
        work.Add(owner, InstanceProjection.FromEndpoints(
            work.Inputs, group, ports, new RegistrationKey(key.Namespace, key.Name, dubbo.Group, dubbo.Version, main.Protocol, main.Port),
            SlicePorts.KeyOf(origin.Key, all)));
    }

    /// <summary>The port that a Dubbo consumer wants, if names or protocols identify it; else as for any service.</summary>
    private static NamedPort Main(ImmutableArray<NamedPort> ports)
    {
        foreach (var port in ports)
        {
            if (port.Protocol is "dubbo" or "tri" || port.Name is "dubbo" or "tri")
                return port;
        }

        return SlicePorts.Main(ports)!;
    }

    private static bool IsPort(NamedPort port, string wanted) =>
        port.Name == wanted || port.Port.ToString(CultureInfo.InvariantCulture) == wanted;

    /// <summary>One service being projected.</summary>
    private sealed class Work
    {
        private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
        private readonly HashSet<(string Owner, int Port)> _ports = [];
        private readonly HashSet<(string Owner, string Group, string Version, int Port)> _claims = [];

        public Work(ServiceInputs inputs, ProjectedService own)
        {
            Inputs = inputs;
            foreach (var instance in own.Instances)
                Add(instance.Pod?.Uid ?? instance.Address ?? "", instance);
        }

        public ServiceInputs Inputs { get; }

        public List<Instance> Instances { get; } = [];

        public int Reserved { get; set; }

        public void Add(string owner, Instance instance)
        {
            if (!_ids.Add(instance.Id))
                return;
            Instances.Add(instance);
            Claim(instance.Key.Port);
            foreach (var port in instance.Ports)
                Claim(port.Port);

            void Claim(int port)
            {
                _ports.Add((owner, port));
                _claims.Add((owner, instance.Key.Group, instance.Key.Version, port));
            }
        }

        /// <summary>Adds the application's instance as a provider of one of its services.</summary>
        public void Add(Instance instance, int port, ProvidedService service, string application)
        {
            var key = new RegistrationKey(Inputs.Key.Namespace, Inputs.Key.Name, service.Group, service.Version, instance.Key.Protocol, port);
            var owner = instance.Pod?.Uid ?? instance.Address ?? "";
            var id = key.IdFor(owner);
            var metadata = service.Parameters.RemoveRange(Derived);
            metadata = metadata.ContainsKey("application") ? metadata : metadata.Add("application", application);
            if (service.Path.Length > 0 && service.Path != service.Name)
                metadata = metadata.SetItem(DubboUrl.PathMember, service.Path);
            var weight = instance.Weight;
            if (weight == RegistrationRules.DefaultWeight
                && int.TryParse(service.Parameters.GetValueOrDefault("weight"), NumberStyles.None, CultureInfo.InvariantCulture, out var said) && RegistrationRules.IsWeight(said))
                weight = said;
            Add(owner, InstanceProjection.WithOverlay(Inputs, instance with
            {
                Id = id,
                Key = key,
                Ports = [],
                Metadata = metadata,
                Weight = weight,
                Revision = "",
            }));
        }

        /// <summary>Adds a provider of an interface as an instance of the application that its metadata names; one for each port.</summary>
        public void AddMember(Instance instance)
        {
            var owner = instance.Pod?.Uid ?? instance.Address ?? "";
            if (instance.Metadata.GetValueOrDefault("application") != Inputs.Key.Name || instance.Source is InstanceSource.Endpoints or InstanceSource.DubboJava
                || _ports.Contains((owner, instance.Key.Port)))
                return;
            var key = new RegistrationKey(Inputs.Key.Namespace, Inputs.Key.Name, "", "", instance.Key.Protocol, instance.Key.Port);
            Add(owner, instance with { Id = key.IdFor(owner), Key = key, Ports = [], IsOfApplication = true, Revision = "" });
        }

        /// <summary>Whether an instance of the same owner, group and version already covers one of the ports.</summary>
        public bool Claims(string owner, InterfaceName name, ImmutableArray<NamedPort> ports)
        {
            foreach (var port in ports)
            {
                if (_claims.Contains((owner, name.Group, name.Version, port.Port)))
                    return true;
            }

            return false;
        }
    }
}
