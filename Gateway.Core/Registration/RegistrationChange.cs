using System.Collections.Immutable;

namespace Gateway.Core.Registration;

/// <summary>A merge patch of one registration; what is null (or not named in <see cref="Metadata"/>) stays as it is.</summary>
public sealed record RegistrationChange
{
    /// <summary>True: OUT_OF_SERVICE; false: UP.</summary>
    public bool? OutOfService { get; init; }

    public int? Weight { get; init; }

    /// <summary>A null value removes its key.</summary>
    public ImmutableSortedDictionary<string, string?>? Metadata { get; init; }

    /// <summary>The patch said <c>"metadata": null</c>: all of it is removed (before <see cref="Metadata"/> is applied).</summary>
    public bool ClearMetadata { get; init; }
}
