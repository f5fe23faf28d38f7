namespace Gateway.Api.Console;

/// <summary>
/// The console at <c>/console/</c>: static files that use the public API alone, so that no access rule is theirs. The browser runs and fetches nothing
/// of another origin for them, and shows them in no frame.
/// </summary>
internal static class ConsoleEndpoints
{
    private const string Home = "/console";

    // What is not named is refused. Styles are set in the file alone (CSSOM is not inline); forms are sent by fetch.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>The page for people, where <c>/</c> leads: the console, or Swagger UI where there is none.</summary>
    public static string PageFor(ConsoleOptions options) => options.Enabled ? Home : "/swagger";

    /// <param name="routes">The application.</param>
    /// <param name="options">Whether there is a console.</param>
    /// <param name="mayAct">A caller without a proof may act for any pod (Development with the emulated cluster): the console offers it.</param>
    public static void MapConsole(this IEndpointRouteBuilder routes, ConsoleOptions options, bool mayAct)
    {
        // Relative, so that it holds behind a proxy that takes a prefix away.
        var first = options.Enabled ? "console/" : "swagger";
        routes.MapMethods("/", Reads, () => Results.Redirect(first)).ExcludeFromDescription();
        if (!options.Enabled)
            return;
        foreach (var file in ConsoleFiles.Read())
        {
            var page = (HttpContext context) => Serve(context, file);
            routes.MapMethods($"{Home}/{file.Name}", Reads, page).ExcludeFromDescription();
            if (file.Name == ConsoleFiles.Index)
            {
                // One route: a trailing slash matches too. Without it the names in the page would be taken for names beside /console.
                routes.MapMethods(Home, Reads, (HttpContext context) => context.Request.Path.Value!.EndsWith('/') ? page(context) : Results.Redirect("console/"))
                    .ExcludeFromDescription();
            }
        }

        var settings = new ConsoleSettings(mayAct);
        routes.MapMethods($"{Home}/settings.json", Reads, (HttpContext context) =>
        {
            Protect(context.Response);
            return Results.Json(settings);
        }).ExcludeFromDescription();
    }

    private static IResult Serve(HttpContext context, ConsoleFile file)
    {
        Protect(context.Response);
        return Results.Bytes(file.Content, file.ContentType, entityTag: file.Tag);
    }

    /// <summary>Asked again each time, which the ETag makes cheap: the files of one version are used together.</summary>
    private static void Protect(HttpResponse response)
    {
        var headers = response.Headers;
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}

/// <summary>What the console cannot learn from the public API.</summary>
internal sealed record ConsoleSettings(bool MayAct);
