namespace Gateway.Tests.Chart;

/// <summary>A piece of a parsed template.</summary>
internal abstract record TemplateNode
{
    public sealed record Text(string Value) : TemplateNode;

    /// <summary>A pipeline whose value is printed, or a declaration, which prints nothing.</summary>
    public sealed record Action(string Pipeline) : TemplateNode;

    /// <summary><c>if</c> and <c>with</c>: the first branch whose pipeline is true; an <c>else</c> has the pipeline <c>true</c>.</summary>
    public sealed record Choice(bool Rebinds, IReadOnlyList<(string Pipeline, IReadOnlyList<TemplateNode> Body)> Branches) : TemplateNode;

    public sealed record Loop(string? Index, string? Item, string Pipeline, IReadOnlyList<TemplateNode> Body) : TemplateNode;
}
