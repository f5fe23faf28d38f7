namespace Gateway.Api.Commands;

/// <summary>
/// What the command line has beside commands and settings: a misspelt command would otherwise start the gateway, and the word behind a command would
/// be ignored. Settings are <c>--Section:Key=value</c> or <c>--Section:Key value</c>; whether a setting exists is checked later.
/// </summary>
internal static class UnknownArguments
{
    private const string Help = "--help lists the commands and the first settings.";

    /// <summary>A sentence for the operator; null: there is none.</summary>
    public static string? FaultOf(string[] args)
    {
        var first = CleanupCommand.IsAsked(args) || CheckCommand.IsAsked(args) ? 1 : 0;
        for (var i = first; i < args.Length; i++)
        {
            if (args[i].Contains('='))
                continue;
            if (!args[i].StartsWith('-') && !args[i].StartsWith('/'))
                return $"Unknown command '{args[i]}'. {Help}";
            if (++i == args.Length)
                return $"Unknown option '{args[^1]}': a setting needs a value, --Section:Key=value. {Help}";
        }

        return null;
    }
}
