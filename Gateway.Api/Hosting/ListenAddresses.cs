using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Api.Hosting;

/// <summary>The addresses to listen at: what is wrong with them, in sentences for the operator.</summary>
internal static class ListenAddresses
{
    private const string Setting = "ASPNETCORE_URLS";

    /// <summary>Every fault that can be seen before listening, a sentence each.</summary>
    /// <param name="hasCertificate">Whether https can be served.</param>
    public static IEnumerable<string> Validate(IConfiguration configuration, bool hasCertificate)
    {
        foreach (var url in (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Parse(url) is not { } address)
                yield return $"{Setting}: '{url}' is no address to listen at; one looks like http://+:8080.";
            else if (address.PathBase.Length > 0)
                yield return $"{Setting}: '{url}' must not have a path.";
            else if (address.Scheme == Uri.UriSchemeHttps && !hasCertificate)
                yield return $"{Setting}: '{url}' needs a certificate: Kestrel__Certificates__Default__Path and Kestrel__Certificates__Default__KeyPath.";
        }
    }

    /// <summary>Null: the failure is another one than an address that cannot be listened at. No client's failure looks like these.</summary>
    public static string? FaultOf(Exception failure, GatewaySettings settings, IConfiguration configuration) => failure switch
    {
        IOException { InnerException: AddressInUseException } => InUse(failure.Message, settings),
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } =>
            $"Cannot listen at {configuration[WebHostDefaults.ServerUrlsKey]}: {failure.Message}. Set {Setting} to another address.",
        _ => null,
    };

    private static string InUse(string message, GatewaySettings settings)
    {
        var isEmulator = settings.StartsEmulator && message.Contains(settings.Emulator.Url.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);
        return isEmulator
            ? $"{message} Stop the other process, or set Emulator__Url to another address (Emulator__Start=false: use the emulated cluster that is there)."
            : $"{message} Stop the other process, or set {Setting} to another address.";
    }

    private static BindingAddress? Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.IsUnixPipe || (address.Scheme is "http" or "https" && address.Port is >= 0 and <= IPEndPoint.MaxPort) ? address : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
