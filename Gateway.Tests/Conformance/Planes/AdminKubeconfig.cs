namespace Gateway.Tests.Conformance.Planes;

/// <summary>The text of a kubeconfig file for a plane that a test run started.</summary>
internal static class AdminKubeconfig
{
    /// <param name="server">Where the API server listens.</param>
    /// <param name="token">The administrator's bearer token.</param>
    /// <param name="authorityPath">The PEM file of its authority; null for plain HTTP.</param>
    public static string Text(Uri server, string token, string? authorityPath = null) =>
        $$"""
        apiVersion: v1
        kind: Config
        current-context: conformance
        contexts:
        - name: conformance
          context: { cluster: conformance, user: admin }
        clusters:
        - name: conformance
          cluster: { server: "{{server.ToString().TrimEnd('/')}}"{{(authorityPath is null ? "" : $", certificate-authority: \"{authorityPath}\"")}} }
        users:
        - name: admin
          user: { token: {{token}} }

        """;
}
