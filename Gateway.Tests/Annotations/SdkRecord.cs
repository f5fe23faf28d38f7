namespace Gateway.Tests.Annotations;

/// <summary>A provider as an SDK sees it after decoding.</summary>
internal sealed record SdkRecord(string Scheme, string Host, int Port, string Path, IReadOnlyDictionary<string, string> Parameters);
