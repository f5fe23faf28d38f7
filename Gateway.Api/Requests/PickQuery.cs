using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The query of a pick. Immutable.</summary>
/// <param name="Filter">Among which instances.</param>
/// <param name="Policy">How one of them is chosen.</param>
/// <param name="HashKey">Of consistent hashing.</param>
internal sealed record PickQuery(LookupFilter Filter, PickPolicy Policy, string? HashKey)
{
    public static readonly PickQuery Plain = new(LookupFilter.Default, PickPolicy.Random, null);

    private static readonly string[] Known = [.. FilterParameters.Names, "policy", "key"];

    public static PickQuery Read(HttpRequest request, FaultList faults)
    {
        if (!request.QueryString.HasValue)
            return Plain;
        var query = new QueryReader(request.Query, faults);
        var filter = FilterParameters.Read(ref query, faults);
        var policy = ReadPolicy(ref query, faults);
        var key = query.Text("key");
        query.Finish(Known);
        if (policy == PickPolicy.ConsistentHash && key is null)
            faults.AtParameter("key", FaultCodes.Missing, "'key' is required with consistent-hash.");
        return new PickQuery(filter, policy, key);
    }

    private static PickPolicy ReadPolicy(ref QueryReader query, FaultList faults)
    {
        if (query.Text("policy") is not { } text)
            return PickPolicy.Random;
        if (PickPolicyNames.TryParse(text, out var policy))
            return policy;
        faults.AtParameter("policy", FaultCodes.InvalidValue, $"The policy must be one of {string.Join(", ", PickPolicyNames.All)}.");
        return PickPolicy.Random;
    }
}
