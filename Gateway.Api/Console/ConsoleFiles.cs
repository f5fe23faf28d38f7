using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Console;

/// <summary>One file of the console.</summary>
/// <param name="Name">Its name below <c>/console/</c>.</param>
/// <param name="ContentType">With its charset.</param>
/// <param name="Tag">A hash of its content: strong, the same in every replica of this version.</param>
/// <param name="Content">As it is served.</param>
internal sealed record ConsoleFile(string Name, string ContentType, EntityTagHeaderValue Tag, byte[] Content);

/// <summary>The files of Console/Files, which are built into the program.</summary>
internal static class ConsoleFiles
{
    public const string Index = "index.html";

    private const string ResourcePrefix = "console/";

    public static ImmutableArray<ConsoleFile> Read()
    {
        var assembly = typeof(ConsoleFiles).Assembly;
        return
        [
            .. from resource in assembly.GetManifestResourceNames()
               where resource.StartsWith(ResourcePrefix, StringComparison.Ordinal)
               orderby resource
               select Read(resource[ResourcePrefix.Length..], assembly.GetManifestResourceStream(resource)!),
        ];
    }

    private static ConsoleFile Read(string name, Stream resource)
    {
        using (resource)
        {
            var content = new byte[resource.Length];
            resource.ReadExactly(content);
            var hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
            return new(name, ContentTypeOf(name), new EntityTagHeaderValue($"\"{hash}\""), content);
        }
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        var other => throw new InvalidOperationException($"The console has no content type for {other}."),
    };
}
