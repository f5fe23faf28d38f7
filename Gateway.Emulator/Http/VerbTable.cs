using Gateway.Emulator.Failures;
using Gateway.Emulator.Http.Verbs;
using Gateway.Emulator.Reviews;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Watching;

namespace Gateway.Emulator.Http;

/// <summary>Maps a request for a resource to its verb.</summary>
internal sealed class VerbTable
{
    private readonly GetVerb _get;
    private readonly ListVerb _list;
    private readonly WatchVerb _watch;
    private readonly CreateVerb _create;
    private readonly UpdateVerb _update;
    private readonly PatchVerb _patch;
    private readonly DeleteVerb _delete;
    private readonly TokenRequestVerb _tokens;

    public VerbTable(EmulatedCluster cluster)
    {
        var admission = new Admission(cluster);
        var update = new ObjectUpdate(cluster, admission);
        _get = new GetVerb(cluster);
        _list = new ListVerb(cluster);
        _watch = new WatchVerb(cluster);
        _create = new CreateVerb(cluster, admission);
        _update = new UpdateVerb(update);
        _patch = new PatchVerb(update);
        _delete = new DeleteVerb(cluster, admission);
        _tokens = new TokenRequestVerb(cluster);
    }

    public Task HandleAsync(ApiRequest request)
    {
        var path = request.Path;
        if (path.Subresource == "token" && path.Kind == ResourceKinds.ServiceAccounts)
            return request.Verb == "create" ? _tokens.HandleAsync(request) : throw ApiFailure.MethodNotAllowed();
        if (path.Subresource.Length > 0 && !(path.Subresource == "status" && path.Kind.HasStatus))
            throw ApiFailure.UnknownPath();
        return request.Verb switch
        {
            "get" => _get.HandleAsync(request),
            "list" => _list.HandleAsync(request),
            "watch" => _watch.HandleAsync(request),
            "create" => _create.HandleAsync(request),
            "update" => _update.HandleAsync(request),
            "patch" => _patch.HandleAsync(request),
            "delete" => _delete.HandleAsync(request),
            "deletecollection" => _delete.HandleCollectionAsync(request),
            _ => throw ApiFailure.MethodNotAllowed(),
        };
    }
}
