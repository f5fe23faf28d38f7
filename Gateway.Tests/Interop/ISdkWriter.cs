namespace Gateway.Tests.Interop;

/// <summary>The registration of one system, writing its pod directly.</summary>
internal interface ISdkWriter
{
    Task RegisterAsync(string pod, string address, SdkService service);
}
