namespace Gateway.Api.Facades.Prometheus;

/// <summary>Names of labels that every version of Prometheus takes: letters, digits and underscores, no digit first.</summary>
internal static class LabelName
{
    /// <summary>Every other character becomes an underscore, as in Prometheus' own discoveries.</summary>
    public static string Of(string text)
    {
        var name = string.Create(text.Length, text, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '_';
        });
        return name.Length == 0 || char.IsAsciiDigit(name[0]) ? "_" + name : name;
    }
}
