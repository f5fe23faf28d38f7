using System.Collections.Immutable;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades;

internal sealed class ClientRegistrations
{
    public Task<Result<Instance>> RegisterAsync(FacadeCall call, ClientRegistration said, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<bool>> DeregisterAsync(FacadeCall call, string protocol, string id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<BeatOutcome>> BeatAsync(FacadeCall call, string protocol, string id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<Instance?>> SetStateAsync(FacadeCall call, string protocol, string id, ClientState? state, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<Instance?>> ChangeAsync(FacadeCall call, string protocol, string id, RegistrationChange change, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<Instance?>> FindAsync(FacadeCall call, string protocol, string id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<ImmutableArray<Instance>>> OwnAsync(FacadeCall call, CancellationToken cancellationToken) => throw new NotImplementedException();
}
