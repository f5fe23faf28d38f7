using System.Net;

namespace Gateway.Emulator.Defaulting;

/// <summary>Gives Services their cluster IPs out of 10.96.0.0/16 and fd00:10:96::/112. Advanced by every creation, under its own lock.</summary>
internal sealed class ServiceAddresses
{
    private const int Size = 65_534;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    // The first ones belong to the API server's own Service and the cluster's DNS.
    private int _next = 16;

    public string Next(string family)
    {
        lock (_lock)
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

    /// <summary>A manifest asked for this very address.</summary>
    public void Take(string address)
    {
        lock (_lock)
            _asked.Add(address);
    }
}
