namespace Gateway.Emulator.Http;

/// <summary>Takes a request from the transport to its answer.</summary>
internal sealed class ApiServer(EmulatedCluster cluster)
{
    public Task HandleAsync(HttpContext context)
    {
        context.Response.StatusCode = cluster.Url is null ? 503 : 404;
        return Task.CompletedTask;
    }
}
