using System.Globalization;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>Keys and fixed names of the Dubbo formats, byte for byte as in their SDKs.</summary>
internal static class DubboKeys
{
    public const string GoAnnotation = "dubbo.io/annotation";
    public const string GoLabel = "dubbo.io/label";
    public const string Go14ProviderLabel = "dubbo.io-value";
    public const string Go15ProviderLabel = "dubbo.io.provider";

    public const string GenericAnnotation = "app.io/annotation";
    public const string GenericLabel = "app.io/label";
    public const string GenericProviderLabel = "app.io-value";

    // Not "dubbo.io/": Dubbo Java reversed the name.
    public const string JavaAnnotation = "io.dubbo/metadata";
    public const string JavaRevision = "dubbo.metadata.revision";
    public const string JavaStorageType = "dubbo.metadata.storage-type";
    public const string JavaEndpoints = "dubbo.endpoints";
    public const string JavaUrlParameters = "dubbo.metadata-service.url-params";

    /// <summary>The parameter or map member that marks a record as written by the gateway.</summary>
    public const string OwnId = "registry-gateway.id";
}

/// <summary>The parameter <c>timestamp</c>: seconds from Go, milliseconds from Java.</summary>
internal static class DubboTime
{
    // As seconds this number is the year 33658.
    private const long LeastMilliseconds = 1_000_000_000_000;

    public static DateTimeOffset? Parse(string text)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return null;
        try
        {
            return number >= LeastMilliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(number) : DateTimeOffset.FromUnixTimeSeconds(number);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
