namespace Gateway.Api.Facades;

internal sealed class FacadeMetrics
{
    public void Called(HttpContext context, string facade, string operation) => throw new NotImplementedException();

    public void AddressReplaced(string facade) => throw new NotImplementedException();
}
