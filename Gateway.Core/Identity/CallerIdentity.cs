using System.Net;

namespace Gateway.Core.Identity;

/// <summary>Who is calling: what was proved, nothing that was merely claimed. Immutable; made by <see cref="CallerResolver"/> alone.</summary>
public abstract record CallerIdentity
{
    /// <summary>Whose turn is counted where calls queue: one caller never takes another's.</summary>
    public abstract string FairnessKey { get; }

    /// <summary>
    /// Where the call came from: the connection's address, or what a listed proxy says. For the audit and for limits, no proof of anything;
    /// null: unknown.
    /// </summary>
    public IPAddress? RemoteAddress { get; init; }
}
