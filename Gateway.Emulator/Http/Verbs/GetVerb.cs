using Gateway.Emulator.Failures;

namespace Gateway.Emulator.Http.Verbs;

internal sealed class GetVerb(EmulatedCluster cluster)
{
    public Task HandleAsync(ApiRequest request)
    {
        var item = cluster.Storage.Get(request.Kind, request.Path.Namespace, request.Path.Name)
            ?? throw ApiFailure.NotFound(request.Kind, request.Path.Name);
        return Answers.WriteAsync(request, 200, item, cluster.Time.GetUtcNow());
    }
}
