using Gateway.Core.Identity;

namespace Gateway.Core.Registration;

/// <summary>Finds the pod that holds a registration which this replica has not seen yet.</summary>
public interface IPodSearch
{
    /// <summary>Null: no watched pod holds it. Failures are those of the API server's client.</summary>
    Task<PodName?> FindAsync(string id, CancellationToken cancel);
}
