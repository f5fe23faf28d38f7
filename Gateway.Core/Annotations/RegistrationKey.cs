using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Core.Annotations;

/// <summary>Identifies a registration within its pod. Group and version are "" when unset.</summary>
public readonly record struct RegistrationKey(string Namespace, string Service, string Group, string Version, string Protocol, int Port)
{
    /// <summary>
    /// The instance id (contract, section 1): the first 32 hex digits of SHA-256 over the lines owner, namespace, service, group, version,
    /// protocol, port, each ended by a line feed. <paramref name="owner"/> is the pod's uid, or the address of an endpoint without a pod.
    /// </summary>
    public string IdFor(string owner)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{owner}\n{Namespace}\n{Service}\n{Group}\n{Version}\n{Protocol}\n{Port}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
