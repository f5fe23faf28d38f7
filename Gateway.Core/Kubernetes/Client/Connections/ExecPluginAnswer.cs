namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>The status of an ExecCredential: a token, or a certificate with its key (PEM), or both.</summary>
internal sealed record ExecPluginAnswer(string? Token, string? ClientCertificateData, string? ClientKeyData, DateTimeOffset? ExpirationTimestamp);
