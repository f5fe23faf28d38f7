namespace Gateway.Tests.Chart;

/// <summary>The chart itself said no, by <c>fail</c> or <c>required</c>.</summary>
internal sealed class ChartFailureException(string message) : Exception(message);
