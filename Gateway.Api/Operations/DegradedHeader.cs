using Gateway.Core.Redis;

namespace Gateway.Api.Operations;

/// <summary>Adds a header to every answer while Redis is unavailable.</summary>
internal sealed class DegradedHeader(RequestDelegate next, RedisConnection redis)
{
    public const string Name = "X-Registry-Degraded";

    public Task InvokeAsync(HttpContext context)
    {
        // Set when the response starts, so that a response that was reset has it too.
        context.Response.OnStarting(() =>
        {
            if (!redis.IsAvailable)
                context.Response.Headers[Name] = "redis";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
