namespace Gateway.Api.Operations;

/// <summary>
/// The project's own pages (docs/*.md), built into the program and served as text under <c>/docs/</c>: they are of the version that runs, and there
/// where the cluster reaches no other site.
/// </summary>
internal static class DocumentPages
{
    /// <summary>The page on the native API, where Swagger UI sends its readers.</summary>
    public const string ApiPage = Prefix + "api.md";

    private const string Prefix = "/docs/";
    private const string ResourcePrefix = "docs/";
    private const string Text = "text/plain; charset=utf-8";
    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    public static void MapDocumentPages(this IEndpointRouteBuilder routes)
    {
        var assembly = typeof(DocumentPages).Assembly;
        var names = assembly.GetManifestResourceNames().Where(static name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
            routes.MapMethods("/" + name, Reads, () => Results.Stream(assembly.GetManifestResourceStream(name)!, Text)).ExcludeFromDescription();
        var list = string.Concat(names.Select(static name => $"/{name}\n"));
        routes.MapMethods("/docs", Reads, () => Results.Text(list, Text)).ExcludeFromDescription();
    }
}
