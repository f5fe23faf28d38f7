using System.Text.RegularExpressions;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Layering;

/// <summary>Whether a name is legal is said in two files: <see cref="ObjectNames"/> for Kubernetes' names, <see cref="RegistrationRules"/> for ours.</summary>
public sealed partial class NameTests
{
    [Fact]
    public void OnlyTwoFilesSayWhichNamesAreLegal()
    {
        string[] allowed =
        [
            "Gateway.Core/Annotations/Records/RegistrationRules.cs", "Gateway.Core/Kubernetes/Models/ObjectNames.cs",
            // The alphabet of bearer tokens, and the literal part of a pattern.
            "Gateway.Core/Identity/TokenAuthenticator.cs", "Gateway.Core/Registry/Origins/MappingRule.cs",
        ];

        SourceTree.CSharpFiles("Gateway.Core").Concat(SourceTree.CSharpFiles("Gateway.Api"))
            .Where(static file => Alphabet().IsMatch(File.ReadAllText(file))).Select(SourceTree.Relative).Except(allowed).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a", true, true)]
    [InlineData("a-1", true, true)]
    [InlineData("a.b", false, true)]
    [InlineData("", false, false)]
    [InlineData("-a", false, false)]
    [InlineData("a-", false, false)]
    [InlineData("a..b", false, false)]
    [InlineData(".a", false, false)]
    [InlineData("A", false, false)]
    [InlineData("a_b", false, false)]
    [InlineData("a/b", false, false)]
    [InlineData("ä", false, false)]
    public void KubernetesNamesAreLabelsOrSubdomains(string text, bool label, bool subdomain)
    {
        ObjectNames.IsLabel(text).ShouldBe(label);
        ObjectNames.IsSubdomain(text).ShouldBe(subdomain);
    }

    [Theory]
    [InlineData(63, true, true)]
    [InlineData(64, false, true)]
    [InlineData(253, false, true)]
    [InlineData(254, false, false)]
    public void KubernetesNamesAreBounded(int length, bool label, bool subdomain)
    {
        ObjectNames.IsLabel(new string('a', length)).ShouldBe(label);
        ObjectNames.IsSubdomain(new string('a', length)).ShouldBe(subdomain);
    }

    [Theory]
    [InlineData("...", true)]
    [InlineData(".a", true)]
    [InlineData("com.example.Greeting:1$-_", true)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    public void ANameOfARegistrationIsASegmentOfAPath(string text, bool legal)
    {
        RegistrationRules.IsName(text).ShouldBe(legal);
        RegistrationRules.IsQualifier(text).ShouldBe(legal);
        RegistrationRules.IsRevision(text).ShouldBe(legal);
    }

    [GeneratedRegex("IsAsciiLetterLower|opqrstuvwxyz")]
    private static partial Regex Alphabet();
}
