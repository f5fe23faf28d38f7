namespace Gateway.Core.Election;

/// <summary>Whether this replica does what only one may do.</summary>
public interface ILeadership
{
    /// <summary>
    /// The number of the term in which this replica leads at this very moment; null: it does not. What was begun in one term must not be ended
    /// in another: ask right before the deed whether the number is still the same.
    /// </summary>
    int? CurrentTerm { get; }
}
