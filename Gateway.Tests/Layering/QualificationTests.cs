using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gateway.Tests.Layering;

/// <summary>
/// <c>dotnet_style_qualification_for_field</c> of .editorconfig is not checked by the compiler, and <c>dotnet format</c> needs longer for this one rule
/// than for everything else together.
/// </summary>
public sealed class QualificationTests
{
    [Theory]
    [InlineData("Gateway.Core")]
    [InlineData("Gateway.Api")]
    [InlineData("Gateway.Emulator")]
    [InlineData("Gateway.Tests")]
    [InlineData("Gateway.Benchmarks")]
    public void NoMemberIsQualifiedWithThis(string project) => SourceTree.CSharpFiles(project).SelectMany(Qualified).ShouldBeEmpty();

    [Fact]
    public void AQualifiedMemberIsFound() =>
        Members("class A { int _a; string B => \"this._a\"; int C() => this._a; }").ShouldHaveSingleItem().ToString().ShouldBe("this._a");

    private static IEnumerable<string> Qualified(string file)
    {
        var text = File.ReadAllText(file);
        return text.Contains("this.", StringComparison.Ordinal) ? Members(text).Select(member => $"{SourceTree.Relative(file)}: {member}") : [];
    }

    private static IEnumerable<MemberAccessExpressionSyntax> Members(string text) => CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes()
        .OfType<MemberAccessExpressionSyntax>().Where(static access => access.Expression is ThisExpressionSyntax);
}
