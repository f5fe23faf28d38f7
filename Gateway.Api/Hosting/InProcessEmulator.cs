#if WITH_EMULATOR
using Gateway.Emulator;
#endif

namespace Gateway.Api.Hosting;

/// <summary>
/// The one place that knows whether this build contains the emulated cluster (MSBuild property <c>WithEmulator</c>; the image is built without).
/// </summary>
internal static class InProcessEmulator
{
#if WITH_EMULATOR
    /// <summary>The emulated cluster's own options; null: this build does not contain it.</summary>
    public static Type? OptionsType => typeof(EmulatorOptions);

    /// <summary>Every fault that keeps the emulated cluster from being started here, as a sentence each.</summary>
    public static IEnumerable<string> Validate(IConfiguration configuration)
    {
        try
        {
            configuration.GetSection(EmulatorOptions.Section).Get<EmulatorOptions>();
            return [];
        }
        catch (InvalidOperationException unreadable)
        {
            return [$"{EmulatorOptions.Section}: {unreadable.Message}"];
        }
    }

    public static void AddInProcessEmulator(this IServiceCollection services) => services.AddHostedService<EmulatorHost>();
#else
    /// <summary>The emulated cluster's own options; null: this build does not contain it.</summary>
    public static Type? OptionsType => null;

    /// <summary>Every fault that keeps the emulated cluster from being started here, as a sentence each.</summary>
    public static IEnumerable<string> Validate(IConfiguration configuration) =>
    [
        $"{EmulatorHostOptions.Section}:Start is true, but this build does not contain the emulated cluster. Run it as a separate program "
        + $"(Gateway.Emulator, image stage 'emulator'), set {EmulatorHostOptions.Section}:Url to its address and {EmulatorHostOptions.Section}:Start to false.",
    ];

    public static void AddInProcessEmulator(this IServiceCollection services) =>
        throw new InvalidOperationException("Unreachable: Validate refuses such a configuration.");
#endif
}
