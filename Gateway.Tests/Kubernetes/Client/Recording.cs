using System.Globalization;
using System.Runtime.CompilerServices;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>An answer recorded from a kube-apiserver 1.33; the files stand beside the tests.</summary>
internal sealed record Recording(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    public static Recording Read(string name, [CallerFilePath] string path = "")
    {
        var text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "Recordings", name + ".http"));
        var answer = text[(text.IndexOf("\n=> ", StringComparison.Ordinal) + 4)..];
        var head = answer[..answer.IndexOf("\n\n", StringComparison.Ordinal)].Split('\n');
        return new(
            int.Parse(head[0], CultureInfo.InvariantCulture),
            [.. head[1..].Select(static line => line.Split(": ", 2)).Where(static parts => parts[0] == "Retry-After").Select(static parts => (parts[0], parts[1]))],
            answer[(answer.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
    }
}
