using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Printing;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>LIST: finds the version and the page to show; the stored bytes of the objects are sent unchanged.</summary>
internal sealed class ListVerb(EmulatedCluster cluster)
{
    private const int FlushBytes = 256 * 1024;

    private const string ContinueTooOld =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, " +
        "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an " +
        "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up " +
        "in the list.";

    public async Task HandleAsync(ApiRequest request)
    {
        var options = ListOptions.Parse(request, cluster.Options.WatchList);
        var form = Negotiation.For(request.Context.Request);
        var page = await PageAsync(request, options);
        Answers.Warn(request);
        if (form.View == ObjectView.Table)
        {
            var table = TablePrinter.Print(request.Kind, page.Items, page.Version, cluster.Time.GetUtcNow(), Metadata(page));
            await Answers.WriteAsync(request.Context, 200, table);
            return;
        }
        Answers.Begin(request.Context.Response, 200, form.IsProtobuf ? ProtobufBody.MediaType : "application/json");
        await (form.IsProtobuf
            ? WriteProtobufAsync(request, page, form.View, request.Context.Response.BodyWriter, request.Context.RequestAborted)
            : WriteAsync(request, page, form.View, request.Context.Response.BodyWriter, request.Context.RequestAborted));
    }

    private async Task<ListPage> PageAsync(ApiRequest request, ListOptions options)
    {
        ObjectKey? after = null;
        var limit = options.Limit;
        ObjectSet objects;
        long version;
        if (options.Continue.Length > 0)
        {
            if (options.ResourceVersion.Length > 0 && options.ResourceVersion != "0")
                throw ApiFailure.BadRequest("specifying resource version is not allowed when using continue");
            var token = ContinueToken.Parse(options.Continue, request.Path.Namespace);
            after = token.After;
            (objects, version) = token.Version < 0
                ? cluster.Storage.ListWithVersion(request.Kind, request.Server)
                : (cluster.Storage.ListAt(request.Kind, token.Version) ?? throw TooOld(request, token), token.Version);
        }
        else
        {
            (objects, version) = await ObjectsAsync(request, options);
            // Version 0 is answered from the watch cache, which does not support pages.
            if (options.ResourceVersion == "0")
                limit = 0;
        }
        return ListPage.Cut(objects, version, options.Selector, after, limit, request.Path.Namespace);
    }

    private async Task<(ObjectSet Objects, long Version)> ObjectsAsync(ApiRequest request, ListOptions options)
    {
        var (kind, server) = (request.Kind, request.Server);
        var storage = cluster.Storage;
        if (options.Version is not { } asked)
            return storage.ListWithVersion(kind, server);
        if (asked == 0)
            return storage.ListFromCache(kind, server);
        await WaitForAsync(asked, request.Context.RequestAborted);
        var exact = options.VersionMatch == "Exact" || (options.VersionMatch.Length == 0 && options.Limit > 0);
        if (exact)
            return (storage.ListAt(kind, asked) ?? throw ApiFailure.Expired("The resourceVersion for the provided list is too old."), asked);
        var cached = storage.ListFromCache(kind, server);
        return cached.Version >= asked ? cached : storage.ListWithVersion(kind, server);
    }

    private async Task WaitForAsync(long version, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(cluster.Options.FutureVersionWait);
        try
        {
            await cluster.Storage.WaitForVersionAsync(version, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiFailure.VersionTooLarge(version, cluster.Storage.Version);
        }
    }

    private static ApiFailure TooOld(ApiRequest request, ContinueToken token) => new(410, "Expired", ContinueTooOld)
    {
        Metadata = new JsonObject { ["continue"] = (token with { Version = -1 }).Encode(request.Path.Namespace) },
    };

    private static async Task WriteAsync(ApiRequest request, ListPage page, ObjectView view, PipeWriter writer, CancellationToken cancellationToken)
    {
        var partial = view == ObjectView.PartialMetadata;
        var (version, kind) = TypeOf(request.Kind, view);
        var head = new JsonObject
        {
            ["kind"] = kind,
            ["apiVersion"] = version,
            ["metadata"] = Metadata(page),
        };
        writer.Write(ObjectOrder.Serialize(head).AsSpan()[..^1]);
        writer.Write(",\"items\":["u8);
        var first = true;
        foreach (var item in page.Items)
        {
            if (!first)
                writer.Write(","u8);
            first = false;
            if (partial)
            {
                writer.Write(PartialMetadata.Of(item));
            }
            else
            {
                writer.Write("{"u8);
                writer.Write(item.ItemTail.Span);
            }
            if (writer.UnflushedBytes > FlushBytes)
                await writer.FlushAsync(cancellationToken);
        }
        writer.Write("]}"u8);
        await writer.FlushAsync(cancellationToken);
    }

    private static async Task WriteProtobufAsync(ApiRequest request, ListPage page, ObjectView view, PipeWriter writer, CancellationToken cancellationToken)
    {
        var items = page.Items.ToList();
        var partial = view == ObjectView.PartialMetadata;
        long length = 0;
        foreach (var item in items)
        {
            var size = partial ? ProtobufAnswer.MetadataOf(item).Length : item.Protobuf.Length;
            length += ProtobufAnswer.ItemHead(size).Length + size;
        }

        var (version, kind) = TypeOf(request.Kind, view);
        writer.Write(ProtobufAnswer.ListHead(version, kind, ProtobufAnswer.ListMetadata(Metadata(page)), length));
        foreach (var item in items)
        {
            WriteItem(writer, partial ? ProtobufAnswer.MetadataOf(item) : item.Protobuf.Span);
            if (writer.UnflushedBytes > FlushBytes)
                await writer.FlushAsync(cancellationToken);
        }
        writer.Write(ProtobufAnswer.ListEnd);
        await writer.FlushAsync(cancellationToken);
    }

    private static void WriteItem(PipeWriter writer, ReadOnlySpan<byte> message)
    {
        writer.Write(ProtobufAnswer.ItemHead(message.Length));
        writer.Write(message);
    }

    private static (string ApiVersion, string Kind) TypeOf(ResourceKind kind, ObjectView view) =>
        view == ObjectView.PartialMetadata ? ("meta.k8s.io/v1", "PartialObjectMetadataList") : (kind.ApiVersion, kind.Kind + "List");

    private static JsonObject Metadata(ListPage page)
    {
        var metadata = new JsonObject { ["resourceVersion"] = page.Version.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is not null)
            metadata["continue"] = page.Continue;
        if (page.Remaining is { } remaining)
            metadata["remainingItemCount"] = remaining;
        return metadata;
    }
}
