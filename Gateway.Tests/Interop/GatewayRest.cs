using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>A provider that registers over the gateway's REST, and asks for mirrors.</summary>
internal sealed class GatewayRest(HttpClient http, string ns, params string[] mirrors) : ISdkWriter
{
    public Task RegisterAsync(string pod, string address, SdkService service) => http.RegisterAsync(new
    {
        @namespace = ns,
        pod,
        service = service.Interface,
        group = service.Group,
        version = service.Version,
        protocol = service.Protocol,
        port = service.Port,
        metadata = new Dictionary<string, string> { ["application"] = service.Application, ["methods"] = "SayHello,Bye" },
        mirrors,
    });
}
