namespace Gateway.Api.Endpoints;

/// <summary>
/// How far the news went that an instance is not UP: whether every subscriber of every replica was sent it, and how many were not by the
/// deadline.
/// </summary>
internal sealed record DrainReport(bool Complete, int Replicas, int Subscribers, int Pending, long Milliseconds);
