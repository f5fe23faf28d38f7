namespace Gateway.Tests.Registry;

/// <summary>Counts the points at which something could fail, and fails at those that the test chose.</summary>
internal sealed class Faults(params int[] at)
{
    /// <summary>Points that were passed.</summary>
    public int Passed { get; private set; }

    /// <summary>Faults that were thrown.</summary>
    public int Thrown { get; private set; }

    public void Point()
    {
        if (!at.Contains(++Passed))
            return;
        Thrown++;
        throw new InjectedFaultException();
    }
}

internal sealed class InjectedFaultException : Exception;
