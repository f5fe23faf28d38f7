using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Core.Registry.Lookup;
using Gateway.Tests.Api;

namespace Gateway.Tests.OpenApi;

/// <summary>What the document says that a value may be is what the gateway takes: at each limit and beyond it, and for texts of every kind.</summary>
public sealed class DescribedLimitsTests(DescribedGateway gateway) : IClassFixture<DescribedGateway>
{
    private static readonly string[] Texts =
    [
        "a", "A.b_c:d$e-f", "with space", "ü", "-a", "a-", "a.b", "a..b", "a/b+c", "a\nb", "0", .. new[] { 63, 64, 128, 129, 253, 254 }.Select(static length => new string('x', length)),
    ];

    [Fact]
    public async Task ARegistrationsMembersHaveTheLimitsThatAreDescribed()
    {
        await CheckAsync("Registration", "", static (whole, member) => Put(whole, member));
        await CheckAsync("RegistrationPort", "/ports/0", static (whole, member) =>
            whole["ports"] = new JsonArray(Put(new JsonObject { ["name"] = "admin", ["port"] = 1 }, member)));
    }

    [Fact]
    public async Task NumbersInTheQueryHaveTheLimitsThatAreDescribed()
    {
        var numbers = from operation in gateway.Api.Operations
                      from parameter in operation.Json["parameters"]?.AsArray() ?? []
                      where (string?)parameter["schema"]!["type"] == "integer"
                      from one in CasesOf((string)parameter["name"]!, parameter["schema"]!)
                      select (Path: $"{operation.ExamplePath()}?{operation.RequiredQuery()}{one.Member}={one.Value}", one.IsTaken);
        numbers.ShouldNotBeEmpty();
        foreach (var (path, isTaken) in numbers)
        {
            using var answer = await gateway.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken).Within();
            ((int)answer.StatusCode).ShouldBe(isTaken ? 200 : 400, path);
        }
    }

    [Fact]
    public void AListOfServicesHasTheDefaultLimitThatIsDescribed()
    {
        var limit = gateway.Api.Operations.Single(static operation => (string?)operation.Json["operationId"] == "listServices").Json["parameters"]!.AsArray()
            .Single(static parameter => (string?)parameter!["name"] == "limit")!;
        ((int?)limit["schema"]!["default"]).ShouldBe(ServiceCatalog.DefaultLimit);
    }

    private static JsonObject Put(JsonObject target, KeyValuePair<string, JsonNode?> member)
    {
        target[member.Key] = member.Value;
        return target;
    }

    /// <summary>Every value in a body of its own, all bodies in one array that is refused: each fault names its body.</summary>
    private async Task CheckAsync(string type, string pointer, Action<JsonObject, KeyValuePair<string, JsonNode?>> put)
    {
        var cases = gateway.Api.Schema(type)["properties"]!.AsObject().SelectMany(property => CasesOf(property.Key, property.Value!)).ToList();
        cases.Count.ShouldBeInRange(20, 199);
        var bodies = cases.Select(one =>
        {
            var body = new JsonObject { ["namespace"] = "shop", ["pod"] = "greeter-1", ["service"] = "greeting", ["port"] = 8080 };
            put(body, KeyValuePair.Create(one.Member, (JsonNode?)one.Value.DeepClone()));
            return (JsonNode)body;
        });
        // The last one is always at fault, so that nothing is written.
        using var answer = await gateway.Http.PostAsync(new JsonArray([.. bodies, new JsonObject()]).ToJsonString());
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(422, text);
        var faults = JsonNode.Parse(text)!["errors"]!.AsArray().Select(static fault => (string)fault!["pointer"]!).ToHashSet();
        foreach (var (index, one) in cases.Index())
            faults.Contains($"/{index}{pointer}/{one.Member}").ShouldBe(!one.IsTaken, $"{type}.{one.Member} = {one.Value.ToJsonString()}");
    }

    private static IEnumerable<(string Member, JsonNode Value, bool IsTaken)> CasesOf(string member, JsonNode schema)
    {
        if ((int?)schema["minimum"] is { } minimum)
        {
            yield return (member, minimum, true);
            yield return (member, minimum - 1, false);
        }

        if ((int?)schema["maximum"] is { } maximum)
        {
            yield return (member, maximum, true);
            yield return (member, maximum + 1, false);
        }

        if ((string?)schema["pattern"] is not { } pattern)
            yield break;
        foreach (var text in Texts)
            yield return (member, text, Regex.IsMatch(text, pattern, RegexOptions.ECMAScript) && !text.EndsWith('\n'));
    }
}
