using System.Net;

namespace Gateway.Emulator.Defaulting;

/// <summary>
/// Allocates cluster IPs from 10.96.0.0/16 and fd00:10:96::/112. Written by every creation of a Service, under its own lock.
/// </summary>
internal sealed class ServiceAddresses
{
    private const int Size = 65_534;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    // The first addresses belong to the API server's own Service and to the cluster's DNS.
    private int _next = 16;

    public string Next(string family)
    {
        lock (_gate)
        {
            while (true)
            {
                _next = _next % Size + 1;
                var address = family == "IPv6" ? IPAddress.Parse($"fd00:10:96::{_next:x}").ToString() : $"10.96.{_next >> 8}.{_next & 255}";
                if (!_asked.Contains(address))
                    return address;
            }
        }
    }

    /// <summary>Marks an address that a manifest requested as used.</summary>
    public void MarkUsed(string address)
    {
        lock (_gate)
            _asked.Add(address);
    }
}
