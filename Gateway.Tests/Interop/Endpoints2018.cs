namespace Gateway.Tests.Interop;

/// <summary>The 2018 integration: nothing is registered; a target names Service and container port, and its ready addresses are the providers.</summary>
internal sealed class Endpoints2018(SdkApi api, string ns) : ISdkReader, ISdkWriter
{
    public Task RegisterAsync(string pod, string address, SdkService service) => Task.CompletedTask;

    public async Task<IReadOnlyList<SdkProvider>> ProvidersAsync(SdkService service)
    {
        var endpoints = await api.GetAsync($"/api/v1/namespaces/{ns}/endpoints/{service.Application}");
        return
        [
            .. from subset in endpoints?["subsets"]?.AsArray() ?? []
               where subset!["ports"]!.AsArray().Any(port => (int)port!["port"]! == service.Port)
               from address in subset["addresses"]?.AsArray() ?? []
               select new SdkProvider(service.Protocol, (string)address!["ip"]!, service.Port),
        ];
    }
}
