namespace Gateway.Tests.Chart;

/// <summary>What names mean at one place of a template: the dot, and the variables declared so far. One rendering writes and reads it.</summary>
internal sealed class TemplateScope(object? dot, TemplateScope? outer = null)
{
    private readonly Dictionary<string, object?> _variables = outer is null ? new() { ["$"] = dot } : [];

    public object? Dot { get; } = dot;

    public object? this[string variable] =>
        _variables.TryGetValue(variable, out var value) ? value
        : outer is not null ? outer[variable]
        : throw new KeyNotFoundException($"{variable} is not declared");

    public void Declare(string variable, object? value) => _variables[variable] = value;

    public void Assign(string variable, object? value)
    {
        if (_variables.ContainsKey(variable))
            _variables[variable] = value;
        else
            (outer ?? throw new KeyNotFoundException($"{variable} is not declared")).Assign(variable, value);
    }
}
