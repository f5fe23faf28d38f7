namespace Gateway.Tests.Interop;

/// <summary>The discovery of one system, reading the cluster directly: who would its consumer call?</summary>
internal interface ISdkReader
{
    Task<IReadOnlyList<SdkProvider>> ProvidersAsync(SdkService service);
}
