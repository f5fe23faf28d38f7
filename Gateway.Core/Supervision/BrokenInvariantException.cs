namespace Gateway.Core.Supervision;

/// <summary>Something does not hold on which every answer rests. Going on would serve wrong answers, so the process ends.</summary>
public sealed class BrokenInvariantException(string message) : Exception(message);
