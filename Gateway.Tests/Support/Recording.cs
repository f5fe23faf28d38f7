using System.Collections.Concurrent;

namespace Gateway.Tests.Support;

/// <summary>
/// One recorded call of a kube-apiserver 1.33 and its answer, read once. Comment lines come first; <c>=></c> parts request and answer.
/// </summary>
internal sealed record Recording(
    string Name, string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body,
    int Status, IReadOnlyDictionary<string, string> AnswerHeaders, string Answer)
{
    private static readonly ConcurrentDictionary<string, Recording> Loaded = new(StringComparer.Ordinal);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Support", "Recordings");

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "*.http").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public static Recording Read(string name) => Loaded.GetOrAdd(name, Load);

    public static string ReadText(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static Recording Load(string name)
    {
        var lines = ReadText(name + ".http").Split('\n').SkipWhile(static line => line.StartsWith('#')).ToList();
        var parting = lines.FindIndex(static line => line.StartsWith("=> ", StringComparison.Ordinal));
        var (headers, body) = Split(lines[1..parting]);
        var (answerHeaders, answer) = Split(lines[(parting + 1)..]);
        var call = lines[0].Split(' ');
        return new Recording(name, call[0], call[1], headers, body, int.Parse(lines[parting][3..]), answerHeaders, answer);
    }

    private static (IReadOnlyDictionary<string, string> Headers, string Body) Split(List<string> lines)
    {
        var end = lines.FindIndex(static line => line.Length == 0);
        var headers = lines[..end].Select(static line => line.Split(": ", 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);
        return (headers, string.Join('\n', lines[(end + 1)..]).Trim());
    }
}
