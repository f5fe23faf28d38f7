namespace Gateway.Api.Facades.Eureka;

/// <summary>One of the two forms of answers. A list of applications is written in pieces, so that the bytes of an application are made once for each of its states.</summary>
internal interface IEurekaForm
{
    string MediaType { get; }

    /// <summary>Between two applications of a list.</summary>
    ReadOnlyMemory<byte> Separator { get; }

    /// <summary>Before and after the applications of a list.</summary>
    ReadOnlyMemory<byte> End { get; }

    /// <summary>Before and after an application that stands alone.</summary>
    ReadOnlyMemory<byte> BeginOne { get; }

    ReadOnlyMemory<byte> EndOne { get; }

    byte[] Begin(string hash, long version);

    byte[] Application(string name, IEnumerable<(EurekaInstance Instance, string Action)> instances);

    /// <summary>A whole answer.</summary>
    byte[] Instance(EurekaInstance instance);
}

/// <summary>What happened to an instance, in a full list and in a delta; and the lease that the original server gives where the client says none.</summary>
internal static class EurekaActions
{
    public const string Added = "ADDED";
    public const string Modified = "MODIFIED";
    public const string Deleted = "DELETED";

    public const int RenewalSeconds = 30;
    public const int DurationSeconds = 90;
}
