using Gateway.Core.Annotations.Records;

namespace Gateway.Api.Facades;

/// <summary>The weights of other registries in ours and back: 100 here is 1.0 in Nacos (0 to 100 there) and 1 in Consul (1 to 65535 there).</summary>
internal static class ClientWeights
{
    private const int Unit = RegistrationRules.DefaultWeight;
    private const double MaxOfNacos = 100;
    private const int MaxOfConsul = 65_535;

    /// <summary>What is no number is 1.0; a weight that is not 0 stays so.</summary>
    public static int FromNacos(double weight) => double.IsNaN(weight)
        ? Unit
        : weight <= 0 ? 0 : Math.Max(1, (int)Math.Round(Math.Min(weight, MaxOfNacos) * Unit, MidpointRounding.AwayFromZero));

    public static double ToNacos(int weight) => Math.Min((double)weight / Unit, MaxOfNacos);

    public static int FromConsul(int weight) => (int)Math.Clamp((long)weight * Unit, 0, RegistrationRules.MaxWeight);

    /// <summary>Consul knows no 0: what is to get nothing is not passing there.</summary>
    public static int ToConsul(int weight) => Math.Clamp((int)Math.Round((double)weight / Unit, MidpointRounding.AwayFromZero), 1, MaxOfConsul);
}
