using System.Net;
using Gateway.Core.Refusals;

namespace Gateway.Core.Identity;

/// <summary>Where a request really comes from; null with no refusal: nowhere that could be a pod (this host, or a proxy on its own account).</summary>
public readonly record struct ClientAddress(IPAddress? Address, Refusal? Refusal);
