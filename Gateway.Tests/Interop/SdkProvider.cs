namespace Gateway.Tests.Interop;

/// <summary>A provider as an SDK's consumer would call it.</summary>
internal sealed record SdkProvider(string Protocol, string Address, int Port);
