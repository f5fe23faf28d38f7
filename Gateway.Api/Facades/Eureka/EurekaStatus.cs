using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>The status of an instance in Eureka's words.</summary>
internal static class EurekaStatus
{
    public const string Up = "UP";
    public const string Down = "DOWN";
    public const string Starting = "STARTING";
    public const string OutOfService = "OUT_OF_SERVICE";
    public const string Unknown = "UNKNOWN";

    /// <summary>Eureka's InstanceStatus.toEnum: without case; what it does not know is UNKNOWN. Null: not said.</summary>
    public static string? Read(string? text) => text?.Trim().ToUpperInvariant() switch
    {
        null or "" => null,
        Up => Up,
        Down => Down,
        Starting => Starting,
        OutOfService => OutOfService,
        _ => Unknown,
    };

    /// <summary>
    /// What is out of service because its client said another word is shown with that word again; what terminates is DOWN, which every client takes out.
    /// </summary>
    public static string Of(Instance instance) => instance.Status switch
    {
        InstanceStatus.Up => Up,
        InstanceStatus.Starting => Starting,
        InstanceStatus.OutOfService => instance.Reason switch
        {
            ClientReasons.Down or ClientReasons.Critical => Down,
            ClientReasons.Starting => Starting,
            _ => OutOfService,
        },
        _ => Down,
    };
}
