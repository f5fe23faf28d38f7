using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Origins;

/// <summary>
/// A rule from the name of a Service to the interface it provides. It maps in this direction because Services can be listed, while the
/// interfaces that consumers will ask for are not known beforehand.
/// </summary>
internal sealed partial class MappingRule
{
    private const string Arrow = "->";
    private const string NamespacePlaceholder = "namespace";
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private readonly string? _namespace;
    private readonly Regex _service;
    private readonly string _template;

    private MappingRule(string? ns, Regex service, string template) => (_namespace, _service, _template) = (ns, service, template);

    public static bool TryParse(string text, [NotNullWhen(true)] out MappingRule? rule, [NotNullWhen(false)] out string? reason)
    {
        rule = null;
        if (text.Split(Arrow) is not [var left, var right])
        {
            reason = "must have the form service -> group/interface:version";
            return false;
        }

        var (pattern, template) = (left.Trim(), right.Trim());
        string? ns = null;
        if (pattern.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
            (ns, pattern) = (pattern[..slash], pattern[(slash + 1)..]);
        if (!IsPattern(pattern, out var names))
        {
            reason = "the Service's side contains characters other than a-z, 0-9, '-' and {placeholders}, or a placeholder twice";
            return false;
        }

        foreach (Match used in Placeholder().Matches(template))
        {
            if (!names.Contains(Plain(used.Groups[1].Value)) && Plain(used.Groups[1].Value) != NamespacePlaceholder)
            {
                reason = $"{used.Value} is not a placeholder of the Service's side";
                return false;
            }
        }

        if (!InterfaceName.TryParse(Placeholder().Replace(template, "x"), out _, out reason))
            return false;
        rule = new MappingRule(ns, new Regex(ToExpression(pattern), RegexOptions.CultureInvariant, MatchLimit), template);
        return true;
    }

    /// <summary>The interface that a Service of this name provides; null where the rule does not match.</summary>
    public InterfaceName? Apply(ServiceKey service)
    {
        if (_namespace is not null && _namespace != service.Namespace)
            return null;
        var match = _service.Match(service.Name);
        if (!match.Success)
            return null;
        var text = Placeholder().Replace(_template, used => Insert(used.Groups[1].Value, service, match));
        return InterfaceName.TryParse(text, out var name, out _) ? name : null;
    }

    private static string Insert(string placeholder, ServiceKey service, Match match)
    {
        var plain = Plain(placeholder);
        var value = plain == NamespacePlaceholder ? service.Namespace : match.Groups[plain].Value;
        return placeholder == plain ? value : Capitalised(value);
    }

    private static string Capitalised(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var word in value.Split('-', StringSplitOptions.RemoveEmptyEntries))
            text.Append(char.ToUpperInvariant(word[0])).Append(word.AsSpan(1));
        return text.ToString();
    }

    private static bool IsPattern(string pattern, out HashSet<string> names)
    {
        names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match one in Placeholder().Matches(pattern))
        {
            if (one.Groups[1].Value != Plain(one.Groups[1].Value) || one.Groups[1].Value == NamespacePlaceholder || !names.Add(one.Groups[1].Value))
                return false;
        }

        var literal = Placeholder().Replace(pattern, "x");
        return literal.Length > 0 && literal.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    }

    private static string ToExpression(string pattern)
    {
        var expression = new StringBuilder("^");
        var at = 0;
        foreach (Match one in Placeholder().Matches(pattern))
        {
            expression.Append(Regex.Escape(pattern[at..one.Index])).Append("(?<").Append(one.Groups[1].Value).Append(">[a-z0-9-]+?)");
            at = one.Index + one.Length;
        }

        return expression.Append(Regex.Escape(pattern[at..])).Append("\\z").ToString();
    }

    private static string Plain(string placeholder) => char.ToLowerInvariant(placeholder[0]) + placeholder[1..];

    [GeneratedRegex(@"\{([A-Za-z][A-Za-z0-9]*)\}")]
    private static partial Regex Placeholder();
}
