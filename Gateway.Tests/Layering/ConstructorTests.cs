using System.Runtime.CompilerServices;

namespace Gateway.Tests.Layering;

/// <summary>A type that needs many others does many things, or passes on what it does not use.</summary>
public sealed class ConstructorTests
{
    private const int Most = 10;

    /// <summary>What connects all parts.</summary>
    private static readonly Type[] Wiring = [typeof(Gateway.Core.RegistryPipeline)];

    [Fact]
    public void NoTypeNeedsMoreThanTenOthers() =>
        (from assembly in new[] { typeof(Gateway.Core.RegistryPipeline).Assembly, typeof(Gateway.Api.Hosting.GatewaySettings).Assembly }
         from type in assembly.GetTypes()
         where !Wiring.Contains(type) && !IsRecord(type) && !type.IsDefined(typeof(CompilerGeneratedAttribute), false)
         from constructor in type.GetConstructors()
         where constructor.GetParameters().Length > Most
         select $"{type.FullName}: {constructor.GetParameters().Length}").ShouldBeEmpty();

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null || type.IsValueType;
}
