namespace Gateway.Emulator.Authentication;

/// <summary>The authenticated sender of a request.</summary>
public sealed record UserInfo(string Name, string Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Extra)
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Nothing = new Dictionary<string, IReadOnlyList<string>>();

    public static readonly UserInfo Anonymous = new("system:anonymous", "", ["system:unauthenticated"], Nothing);

    /// <summary>A member of <c>system:masters</c>: every request is allowed.</summary>
    public static readonly UserInfo Admin = new("admin", "", ["system:masters", "system:authenticated"], Nothing);

    /// <summary>A user that a SubjectAccessReview names; nothing was authenticated.</summary>
    public static UserInfo Named(string name, IReadOnlyList<string> groups) => new(name, "", groups, Nothing);
}
