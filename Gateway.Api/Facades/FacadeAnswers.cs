using Gateway.Core.Registry;

namespace Gateway.Api.Facades;

internal sealed class FacadeAnswers
{
    public byte[] Get(ServiceSnapshot service, string variant, Func<byte[]> make) => throw new NotImplementedException();

    public byte[] GetAll(FacadeView view, string variant, Func<byte[]> make) => throw new NotImplementedException();
}
