namespace Gateway.Tests.Interop;

/// <summary>What a test provides in every system's own words; <paramref name="Application"/> is also the name of the Kubernetes Service.</summary>
internal sealed record SdkService(string Application, string Interface, string Group, string Version, string Protocol, int Port);
