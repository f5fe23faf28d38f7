using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Gateway.Tests.Conformance.Planes;

/// <summary>
/// A row for every control plane that this run has, as first argument (<see cref="ControlPlaneCase"/>); with values, a row for each of them on
/// each plane. A plane that does not offer what the test needs skips its rows and says why. Each row has the trait <c>Plane</c>.
/// </summary>
public sealed class ControlPlanesAttribute(ControlPlaneNeeds needs = ControlPlaneNeeds.ApiServer, params object?[] values) : DataAttribute
{
    public ControlPlaneNeeds Needs => needs;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        var rows =
            from kind in ControlPlanes.Available
            let plane = new ControlPlaneCase(kind, needs)
            from row in values.Length == 0 ? [new object?[] { plane }] : values.Select(value => new[] { plane, value })
            select new TheoryDataRow(row) { Traits = new(StringComparer.OrdinalIgnoreCase) { ["Plane"] = [kind.ToString()] } };
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. rows]);
    }

    public override bool SupportsDiscoveryEnumeration() => true;
}
