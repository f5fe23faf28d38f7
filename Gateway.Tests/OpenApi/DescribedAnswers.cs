using System.Collections.Concurrent;

namespace Gateway.Tests.OpenApi;

/// <summary>Compares every call that passes with the OpenAPI document, and keeps which operation gave which answer.</summary>
internal sealed class DescribedAnswers(DescribedApi api) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    private readonly ConcurrentBag<(string Operation, string Status)> _seen = [];

    public IEnumerable<(string Operation, string Status)> Seen => _seen.Distinct();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var operation = api.Find(request).ShouldNotBeNull($"{request.Method} {request.RequestUri} is not described");
        var (mediaType, body) = request.Content is { } content
            ? (content.Headers.ContentType!.MediaType, await content.ReadAsStringAsync(cancellationToken))
            : (null, null);
        var answer = await base.SendAsync(request, cancellationToken);
        var isStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        if (!isStream)
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
        var text = isStream ? "" : await answer.Content.ReadAsStringAsync(cancellationToken);
        var faults = DescribedApi.FaultsOf(operation, request, answer, text);
        if (mediaType is not null && answer.IsSuccessStatusCode)
            faults = faults.Concat(DescribedApi.FaultsOf(operation, mediaType, body!));
        faults.ShouldBeEmpty($"{operation.Id}: {request.RequestUri}");
        _seen.Add((operation.Id, ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return answer;
    }
}
