namespace Gateway.Core.Redis;

/// <summary>What is kept in Redis or said over it, as the tag <c>store</c> of metrics and as logs name it.</summary>
public enum RedisStore
{
    Leases,
    Posts,
    Applications,
    Histories,
    State,
    Replicas,
    Drains,
}
