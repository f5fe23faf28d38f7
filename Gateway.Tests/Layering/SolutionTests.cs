namespace Gateway.Tests.Layering;

public sealed class SolutionTests
{
    [Fact]
    public void CoreKnowsNoAspNet() =>
        typeof(Gateway.Core.AssemblyMarker).Assembly.GetReferencedAssemblies()
            .ShouldNotContain(name => name.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
}
