namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// What the kinds of one cluster conclude from each other's failures. The connections of all kinds end at the same network: when one kind gets no
/// answer, the open watches of the others may be half-open, which their silence does not show. Such a kind is in doubt, and answers stay stale, until
/// its watch was opened again and has caught up. Written by the health of each kind, under its lock.
/// </summary>
internal sealed class Outage
{
    private readonly List<IOutageMember> _members = [];
    private long _failures;

    /// <summary>Guards the health of all kinds: what one reports and what the others conclude from it is one step.</summary>
    public Lock Gate { get; } = new();

    /// <summary>How often a kind got no answer. A watch that sent something after that has survived it.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void Join(IOutageMember member)
    {
        lock (Gate)
            _members.Add(member);
    }

    /// <summary>A kind got no answer. The first one of an outage puts every other kind in doubt at once, so that all prove themselves together.</summary>
    public void Failed(IOutageMember failed)
    {
        Volatile.Write(ref _failures, _failures + 1);
        if (!_members.Exists(static member => member.IsUnproved))
            Doubt(except: failed);
    }

    /// <summary>A kind is about to be proved. If it is the last, each whose watch sent nothing since the newest failure is in doubt first.</summary>
    public void Proving(IOutageMember proved)
    {
        if (!_members.Exists(member => member != proved && member.IsUnproved))
            Doubt(except: proved);
    }

    private void Doubt(IOutageMember except)
    {
        foreach (var member in _members)
        {
            if (member != except && member.HeardAfter < Failures)
                member.Doubt();
        }
    }
}

/// <summary>The health of one kind in one scope, as the others see it. Called under <see cref="Outage.Gate"/>.</summary>
internal interface IOutageMember
{
    /// <summary>Lost or in doubt.</summary>
    bool IsUnproved { get; }

    /// <summary><see cref="Outage.Failures"/> when its watch last sent something.</summary>
    long HeardAfter { get; }

    void Doubt();
}
