using Gateway.Core.Redis;

namespace Gateway.Api.Operations;

/// <summary>Says on every answer that Redis is away, while it is.</summary>
internal sealed class DegradedHeader(RequestDelegate next, RedisConnection redis)
{
    public const string Name = "X-Registry-Degraded";

    public Task InvokeAsync(HttpContext context)
    {
        // Last of all, so that an answer that begins anew has it too.
        context.Response.OnStarting(() =>
        {
            if (!redis.IsAvailable)
                context.Response.Headers[Name] = "redis";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
