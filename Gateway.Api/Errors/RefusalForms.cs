using Gateway.Core.Results;

namespace Gateway.Api.Errors;

/// <summary>
/// In which form a refusal is written that is no endpoint's own, such as an overload or a bug: as a problem document, but below the base paths of another
/// registry's protocol as that protocol writes it, since its clients read no other. By path, so that it holds before routing too. Filled while routes are
/// mapped, and only read afterwards.
/// </summary>
public sealed class RefusalForms
{
    // No base has more; the rest of a path is one piece.
    private const int MostSegments = 8;

    private readonly List<(string[] Base, Func<HttpContext, Refusal, Task> Write)> _forms = [];

    /// <param name="path">A base path; a segment in braces is any one.</param>
    /// <param name="write">Writes a refusal in the protocol's form.</param>
    public void Add(string path, Func<HttpContext, Refusal, Task> write) => _forms.Add((SegmentsOf(path), write));

    public Task AnswerAsync(HttpContext context, Refusal refusal)
    {
        var path = SegmentsOf(context.Request.Path.Value ?? "");
        Func<HttpContext, Refusal, Task> write = ProblemAnswer.WriteAsync;
        var longest = 0;
        foreach (var (at, own) in _forms)
        {
            if (at.Length > longest && IsBelow(path, at))
                (write, longest) = (own, at.Length);
        }

        return write(context, refusal);
    }

    private static string[] SegmentsOf(string path) => path.Split('/', MostSegments, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsBelow(string[] path, string[] at)
    {
        if (path.Length < at.Length)
            return false;
        for (var i = 0; i < at.Length; i++)
        {
            if (at[i] is not ['{', ..] && !at[i].Equals(path[i], StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }
}
