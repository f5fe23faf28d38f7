using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Cluster;

/// <summary>GET and PATCH of a pod. A merge patch changes annotations; uid and resourceVersion in it are conditions, as at the API server.</summary>
internal sealed class PodVerbs(ClusterState state)
{
    private long _patches;
    private long _conflicts;

    /// <summary>How long a write takes, as etcd's commit does; set by /bench/latency.</summary>
    public TimeSpan CommitTime { get; set; }

    public long Patches => Interlocked.Read(ref _patches);

    public long Conflicts => Interlocked.Read(ref _conflicts);

    public Task GetAsync(HttpContext context, string name) =>
        state.Find(NumberOf(name)) is { } pod ? PodAsync(context, pod) : FakeApiServer.StatusAsync(context, 404, "NotFound");

    public async Task PatchAsync(HttpContext context, string name)
    {
        var number = NumberOf(name);
        if (state.Find(number) is null)
        {
            await FakeApiServer.StatusAsync(context, 404, "NotFound");
            return;
        }

        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        if (CommitTime > TimeSpan.Zero)
            await Task.Delay(CommitTime);
        var metadata = body.RootElement.GetProperty("metadata");
        if (metadata.TryGetProperty("uid", out var uid) && uid.GetString() != PodTemplate.UidOf(number))
        {
            await FakeApiServer.StatusAsync(context, 422, "Invalid");
            return;
        }

        var expected = metadata.TryGetProperty("resourceVersion", out var version) ? long.Parse(version.GetString()!, CultureInfo.InvariantCulture) : 0;
        var isDry = context.Request.Query.ContainsKey("dryRun");
        var patched = isDry ? state.Find(number) : state.Change(number, pod => expected == 0 || expected == pod.Version ? Patched(pod, metadata) : null);
        if (patched is not { } stored)
        {
            Interlocked.Increment(ref _conflicts);
            await FakeApiServer.StatusAsync(context, 409, "Conflict");
            return;
        }

        Interlocked.Increment(ref _patches);
        await PodAsync(context, stored);
    }

    private static PodState Patched(PodState pod, JsonElement metadata)
    {
        if (!metadata.TryGetProperty("annotations", out var changes))
            return pod;
        var annotations = new SortedDictionary<string, string>(pod.Annotations?.ToDictionary(StringComparer.Ordinal) ?? [], StringComparer.Ordinal);
        foreach (var change in changes.EnumerateObject())
        {
            if (change.Value.ValueKind == JsonValueKind.Null)
                annotations.Remove(change.Name);
            else
                annotations[change.Name] = change.Value.GetString()!;
        }

        return pod with { Annotations = annotations };
    }

    private Task PodAsync(HttpContext context, PodState pod)
    {
        var isProtobuf = context.Request.Headers.Accept.ToString().StartsWith(Protobuf.MediaType, StringComparison.Ordinal);
        var bytes = state.EncoderOf(isProtobuf ? WireFormat.Protobuf : WireFormat.Json).Object(pod);
        context.Response.ContentType = isProtobuf ? Protobuf.MediaType : "application/json";
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static int NumberOf(string name) =>
        name.StartsWith("pod-", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4), CultureInfo.InvariantCulture, out var number) ? number : -1;
}
