using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>Tells a server that refuses every write, which counts as unavailable, from one that refuses a single call.</summary>
internal static class RedisRefusal
{
    // No memory (noeviction), a replica, a disk that cannot be written, slots without a node, a lost master, a server that loads its file, too few
    // replicas, a long script, no valid password.
    private static readonly string[] OfAll =
        ["OOM", "READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "LOADING", "NOREPLICAS", "BUSY", "NOAUTH", "WRONGPASS"];

    public static bool IsOfAll(RedisServerException refusal) => OfAll.Any(code => Says(refusal.Message, code));

    // Before Redis 7 the error of a command inside a script follows the script's own.
    private static bool Says(string message, string code) =>
        message.StartsWith(code + " ", StringComparison.Ordinal) || message.Contains($" -{code} ", StringComparison.Ordinal);
}
