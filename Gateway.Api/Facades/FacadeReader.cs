using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades;

internal sealed class FacadeReader
{
    public FacadeView View(FacadeCall call) => throw new NotImplementedException();
}

internal sealed class FacadeView
{
    public RegistrySnapshot Snapshot => throw new NotImplementedException();

    public IReadOnlyList<ServiceSnapshot> Services => throw new NotImplementedException();

    public ServiceSnapshot? Find(string name) => throw new NotImplementedException();

    public ImmutableArray<Instance> InstancesOf(ServiceSnapshot service) => throw new NotImplementedException();
}
