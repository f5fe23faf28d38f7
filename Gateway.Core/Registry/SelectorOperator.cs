namespace Gateway.Core.Registry;

/// <summary>The condition of one requirement of a selector (Kubernetes API, label selectors).</summary>
public enum SelectorOperator
{
    /// <summary>The key exists and its value is one of those given.</summary>
    In,

    /// <summary>The key is missing or its value is none of those given.</summary>
    NotIn,
    Exists,
    Missing,

    /// <summary>The value is an integer above the one given.</summary>
    GreaterThan,

    /// <summary>The value is an integer below the one given.</summary>
    LessThan,
}
