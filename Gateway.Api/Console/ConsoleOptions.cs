namespace Gateway.Api.Console;

/// <summary>The pages for people.</summary>
public sealed class ConsoleOptions
{
    public const string Section = "Console";

    /// <summary>Serve the console at <c>/console</c>, where <c>/</c> leads then; else <c>/</c> leads to Swagger UI.</summary>
    public bool Enabled { get; set; } = true;
}
