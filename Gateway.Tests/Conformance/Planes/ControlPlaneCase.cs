using Xunit.Sdk;

namespace Gateway.Tests.Conformance.Planes;

/// <summary>One row of a conformance test: the plane it runs on and what it needs of it.</summary>
public sealed class ControlPlaneCase : IXunitSerializable
{
    public ControlPlaneCase()
    {
    }

    internal ControlPlaneCase(ControlPlaneKind kind, ControlPlaneNeeds needs)
    {
        Kind = kind;
        Needs = needs;
    }

    public ControlPlaneKind Kind { get; private set; }

    public ControlPlaneNeeds Needs { get; private set; }

    public override string ToString() => Kind.ToString();

    void IXunitSerializable.Serialize(IXunitSerializationInfo info)
    {
        info.AddValue(nameof(Kind), (int)Kind);
        info.AddValue(nameof(Needs), (int)Needs);
    }

    void IXunitSerializable.Deserialize(IXunitSerializationInfo info)
    {
        Kind = (ControlPlaneKind)info.GetValue<int>(nameof(Kind));
        Needs = (ControlPlaneNeeds)info.GetValue<int>(nameof(Needs));
    }
}
