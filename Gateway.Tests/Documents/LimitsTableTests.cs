using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Api.Hosting;
using Gateway.Core;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>The table "Numbers that bind" of docs/security.md holds every limit with the number that the code has.</summary>
public sealed partial class LimitsTableTests
{
    // Numbers of these sections bound callers; a number of another section is a pace of the gateway's own work.
    private static readonly string[] Binding = ["Limits__", "Identity__", "Access__", "Registration__", "Subscriptions__", "Dubbo__", "Registry__"];

    private readonly IReadOnlyList<Match> _rows =
        [.. Row().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "security.md")).Split("## Numbers that bind")[1].Split("\n## ")[0]).Cast<Match>()];

    [Fact]
    public void EverySettingThatIsANumberIsInTheTableWithItsDefault()
    {
        var settings = ConfigurationReference.Settings()
            .Where(static setting => Binding.Any(section => setting.Key.StartsWith(section, StringComparison.Ordinal)) && IsNumber(setting.Type))
            .Select(static setting => $"{setting.Key} = {setting.Default.Trim('`')}").ToList();

        Named().Where(static row => row.Contains("__", StringComparison.Ordinal)).Order().ShouldBe(settings.Order());
    }

    [Fact]
    public void EveryFixedLimitInTheTableIsTheCodesOwn()
    {
        var rows = Named().Where(static row => !row.Contains("__", StringComparison.Ordinal)).ToList();

        rows.Count.ShouldBeGreaterThan(5);
        foreach (var row in rows)
            row.ShouldBe($"{row.Split(' ')[0]} = {Constant(row.Split(' ')[0])}");
    }

    [Fact]
    public void EachRowSaysWhoIsHitWhatTheAnswerIsAndWhatANeighbourCanStillDo()
    {
        _rows.ShouldAllBe(static row => row.Groups["rest"].Value.Split('|', StringSplitOptions.TrimEntries).Length == 3
            && row.Groups["rest"].Value.Split('|', StringSplitOptions.TrimEntries).All(static cell => cell.Length > 0));
    }

    private IEnumerable<string> Named() => _rows.Select(static row => $"{row.Groups["name"].Value} = {row.Groups["value"].Value}");

    private static bool IsNumber(Type type) => type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(TimeSpan);

    private static string Constant(string name)
    {
        var (type, member) = (name.Split('.')[0], name.Split('.')[1]);
        var field = new[] { typeof(RegistryPipeline).Assembly, typeof(GatewayApplication).Assembly }.SelectMany(static assembly => assembly.GetTypes())
            .Single(one => one.Name == type).GetField(member, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        return Convert.ToString(field.ShouldNotBeNull(name).GetRawConstantValue(), CultureInfo.InvariantCulture)!;
    }

    [GeneratedRegex(@"^\| `(?<name>[A-Za-z]+(?:__|\.)[A-Za-z]+)` \| `(?<value>[^`]+)` \| (?<rest>.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
