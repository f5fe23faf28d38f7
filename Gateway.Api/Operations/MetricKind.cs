namespace Gateway.Api.Operations;

/// <summary>How the measurements of an instrument make a value.</summary>
internal enum MetricKind
{
    /// <summary>They are added up and never fall.</summary>
    Sum,

    /// <summary>Each is the sum so far.</summary>
    ObservedSum,

    /// <summary>They are added up and may fall.</summary>
    Level,

    /// <summary>Each is the value.</summary>
    Observed,

    /// <summary>They are counted by size.</summary>
    Distribution,
}
