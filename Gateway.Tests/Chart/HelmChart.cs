using Gateway.Tests.Layering;

namespace Gateway.Tests.Chart;

/// <summary>The chart of this repository, and what it makes of values. Read only.</summary>
internal sealed class HelmChart
{
    private const string Policy = "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";

    private readonly Dictionary<string, IReadOnlyList<TemplateNode>> _definitions = [];
    private readonly SortedDictionary<string, IReadOnlyList<TemplateNode>> _templates = new(StringComparer.Ordinal);

    public HelmChart()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Root, "templates")))
        {
            Sources[Path.GetFileName(path)] = File.ReadAllText(path);
            _templates[Path.GetFileName(path)] = TemplateParser.Parse(File.ReadAllText(path), _definitions);
        }
    }

    public static string Root { get; } = Path.Combine(SourceTree.Root, "helm", "registry-gateway");

    /// <summary>The templates as written, by file name.</summary>
    public SortedDictionary<string, string> Sources { get; } = new(StringComparer.Ordinal);

    public static Dictionary<string, object?> DefaultValues() => Map(YamlTree.Read(File.ReadAllText(Path.Combine(Root, "values.yaml"))));

    /// <summary>Every file that is rendered, by name, installed as <c>registry-gateway</c> into the namespace <c>registry</c>.</summary>
    /// <param name="set">As helm's <c>--set</c>: <c>a.b=value</c>, the value in YAML.</param>
    public SortedDictionary<string, string> Render(params string[] set) => Render(knowsPolicy: true, set);

    public SortedDictionary<string, string> Render(bool knowsPolicy, params string[] set)
    {
        var values = DefaultValues();
        foreach (var setting in set)
        {
            var (path, value) = setting.Split('=', 2) is [var left, var right] ? (left.Split('.'), right) : throw new FormatException(setting);
            var map = values;
            foreach (var name in path[..^1])
                map = Map(map[name]);
            map[path[^1]] = YamlTree.Read(value);
        }

        var chart = Map(YamlTree.Read(File.ReadAllText(Path.Combine(Root, "Chart.yaml"))));
        var rendering = new ChartRendering(_definitions, new Dictionary<string, object?>
        {
            ["Values"] = values,
            ["Chart"] = chart.ToDictionary(static pair => char.ToUpperInvariant(pair.Key[0]) + pair.Key[1..], static pair => pair.Value),
            ["Release"] = new Dictionary<string, object?> { ["Name"] = "registry-gateway", ["Namespace"] = "registry", ["Service"] = "Helm" },
            ["Capabilities"] = new Dictionary<string, object?>
            {
                ["APIVersions"] = new Dictionary<string, object?> { ["Has"] = new Func<string, object?>(api => api == Policy && knowsPolicy) },
            },
            ["Files"] = new Dictionary<string, object?> { ["Get"] = new Func<string, object?>(static path => File.ReadAllText(Path.Combine(Root, path))) },
        });
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, nodes) in _templates)
        {
            if (!name.StartsWith('_'))
                files[name] = rendering.Render(nodes);
        }

        return files;
    }

    /// <summary>Every Kubernetes object that is rendered.</summary>
    public List<Dictionary<string, object?>> Objects(params string[] set) =>
        [.. Render(set).Where(static file => file.Key.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(static file => YamlTree.ReadAll(file.Value)).Select(Map)];

    public static Dictionary<string, object?> Map(object? value) => value.ShouldBeOfType<Dictionary<string, object?>>();
}
