using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace Gateway.Tests.OpenApi;

/// <summary>A client as NSwag makes it of an OpenAPI document, compiled in memory together with a program that is written against it.</summary>
internal sealed class GeneratedClient : IDisposable
{
    private readonly AssemblyLoadContext _loaded = new(nameof(GeneratedClient), isCollectible: true);
    private readonly Assembly _assembly;

    private GeneratedClient(Stream image) => _assembly = _loaded.LoadFromStream(image);

    /// <param name="document">The document as JSON.</param>
    /// <param name="program">C# that uses <c>Generated.RegistryClient</c>.</param>
    public static async Task<GeneratedClient> CompileAsync(string document, string program)
    {
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "RegistryClient",
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            CSharpGeneratorSettings = { Namespace = "Generated", GenerateNullableReferenceTypes = true },
        };
        var client = new CSharpClientGenerator(await OpenApiDocument.FromJsonAsync(document), settings).GenerateFile();
        var compilation = CSharpCompilation.Create(
            nameof(GeneratedClient), [CSharpSyntaxTree.ParseText(client), CSharpSyntaxTree.ParseText(program)], References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        emitted.Diagnostics.Where(static one => one.Severity >= DiagnosticSeverity.Warning).ShouldBeEmpty();
        emitted.Success.ShouldBeTrue();
        image.Position = 0;
        return new GeneratedClient(image);
    }

    /// <summary>A static method of the program.</summary>
    public TDelegate Method<TDelegate>(string type, string name)
        where TDelegate : Delegate => _assembly.GetType(type, throwOnError: true)!.GetMethod(name)!.CreateDelegate<TDelegate>();

    public void Dispose() => _loaded.Unload();

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(static file => MetadataReference.CreateFromFile(file));
}
