namespace Gateway.Emulator.Authentication;

/// <summary>Who sends a request, as authentication found out.</summary>
public sealed record UserInfo(string Name, string Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Extra)
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Nothing = new Dictionary<string, IReadOnlyList<string>>();

    public static readonly UserInfo Anonymous = new("system:anonymous", "", ["system:unauthenticated"], Nothing);

    /// <summary>May do everything.</summary>
    public static readonly UserInfo Admin = new("admin", "", ["system:masters", "system:authenticated"], Nothing);

    /// <summary>Someone whom a review only names.</summary>
    public static UserInfo Named(string name, IReadOnlyList<string> groups) => new(name, "", groups, Nothing);
}
