namespace Gateway.Api.Hosting;

/// <summary>The default listen address: loopback in Development and in mode Kubeconfig, otherwise all addresses; port 8080 in both cases.</summary>
internal static class DefaultUrl
{
    private static readonly string[] Said = ["urls", "http_ports", "https_ports"];

    public static void UseDefaultUrl(this IWebHostBuilder host, IConfiguration configuration, bool isLocal)
    {
        if (Said.All(key => string.IsNullOrEmpty(configuration[key])) && !configuration.GetSection("Kestrel:Endpoints").Exists())
            host.UseUrls(isLocal ? "http://localhost:8080" : "http://+:8080");
    }
}
