namespace Gateway.Core.Identity;

/// <summary>What a call is about to do to the pod it names; decides how freshly the pod must be known and whether it may be terminating.</summary>
public enum CallPurpose
{
    /// <summary>Reads, and heartbeats: nothing is written to the API server.</summary>
    Observe,

    /// <summary>Changes or removes what is there; a terminating pod may.</summary>
    Change,

    /// <summary>Registers; a terminating pod may not.</summary>
    Register,
}
