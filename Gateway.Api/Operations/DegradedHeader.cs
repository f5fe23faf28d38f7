using Gateway.Core.Redis;

namespace Gateway.Api.Operations;

/// <summary>Adds a header to every answer while Redis is unavailable.</summary>
internal sealed class DegradedHeader
{
    public const string Name = "X-Registry-Degraded";

    private readonly RequestDelegate _next;
    private readonly RedisConnection _redis;
    private readonly Func<object, Task> _mark;

    public DegradedHeader(RequestDelegate next, RedisConnection redis) => (_next, _redis, _mark) = (next, redis, Mark);

    public Task InvokeAsync(HttpContext context)
    {
        // When the response starts, so that a response that was reset has it too.
        context.Response.OnStarting(_mark, context.Response);
        return _next(context);
    }

    private Task Mark(object response)
    {
        if (!_redis.IsAvailable)
            ((HttpResponse)response).Headers[Name] = "redis";
        return Task.CompletedTask;
    }
}
