using System.Text.Json.Nodes;

namespace Gateway.Tests.Support;

internal static class JsonAssertions
{
    /// <summary>The same members with the same values, in whatever order.</summary>
    public static void ShouldBeJson(this string actual, string expected) =>
        JsonNode.DeepEquals(JsonNode.Parse(actual), JsonNode.Parse(expected)).ShouldBeTrue($"{actual}\nshould be\n{expected}");
}
