using Gateway.Core.Election;

namespace Gateway.Tests.Registration;

/// <summary>Leads, or not, as the test says.</summary>
internal sealed class StandingLeader : ILeadership
{
    public int? CurrentTerm { get; set; } = 1;
}
