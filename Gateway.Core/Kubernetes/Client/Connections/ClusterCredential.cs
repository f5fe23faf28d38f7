using System.Security.Cryptography.X509Certificates;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>What proves to the API server who the gateway is: a bearer token, a client certificate, both or neither.</summary>
internal sealed record ClusterCredential(string? Token, X509Certificate2? Certificate)
{
    public static readonly ClusterCredential None = new(null, null);

    // Whoever logs it by mistake shall not log the token.
    public override string ToString() => $"token: {Token is not null}, certificate: {Certificate?.Subject}";
}
