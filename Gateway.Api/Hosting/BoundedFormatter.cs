using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Api.Hosting;

/// <summary>
/// Keeps every line of the console within <see cref="MaxBytes"/>, whatever callers, clusters or exceptions put into it: collectors cut longer ones
/// anywhere. A longer line is written again with its texts shortened, all to the same length. Wraps each of the platform's formatters; stateless.
/// </summary>
internal sealed class BoundedFormatter(ConsoleFormatter inner) : ConsoleFormatter(inner.Name)
{
    public const int MaxBytes = 4_096;

    private static readonly int[] Lengths = [1_024, 512, 256, 128, 64, 32];

    /// <summary>Wraps every formatter that is registered.</summary>
    public static void Wrap(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { ServiceType: var type, IsKeyedService: false, ImplementationType: { } wrapped } && type == typeof(ConsoleFormatter))
                services[i] = ServiceDescriptor.Singleton<ConsoleFormatter>(provider => new BoundedFormatter((ConsoleFormatter)ActivatorUtilities.CreateInstance(provider, wrapped)));
        }
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = Rendered(logEntry, scopeProvider);
        for (var i = 0; i < Lengths.Length && !Fits(line); i++)
            line = Rendered(Shortened(logEntry, Lengths[i]), i < 3 && scopeProvider is not null ? new ShortenedScopes(scopeProvider, Lengths[i]) : null);
        textWriter.Write(line);
    }

    private static bool Fits(string line) => line.Length <= MaxBytes && Encoding.UTF8.GetByteCount(line) <= MaxBytes;

    private string Rendered<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes)
    {
        using var writer = new StringWriter();
        inner.Write(entry, scopes, writer);
        return writer.ToString();
    }

    private static LogEntry<ShortenedState> Shortened<TState>(in LogEntry<TState> entry, int length)
    {
        var message = Cut(entry.Formatter?.Invoke(entry.State, entry.Exception) ?? entry.State?.ToString() ?? "", length);
        var exception = entry.Exception is { } failure ? new ShortenedException(Cut(failure.ToString(), 2 * length)) : null;
        return new LogEntry<ShortenedState>(
            entry.LogLevel, Cut(entry.Category, length), entry.EventId, new ShortenedState(message, Members(entry.State, length)), exception, static (state, _) => state.ToString());
    }

    // At most this many: those of the gateway's own messages, of which none has more than twenty.
    private static List<KeyValuePair<string, object?>> Members(object? state, int length) =>
        state is IEnumerable<KeyValuePair<string, object?>> members
            ? [.. members.Take(20).Select(member => KeyValuePair.Create(Cut(member.Key, length), Cut(member.Value, length)))]
            : [];

    private static object? Cut(object? value, int length) => value is null or bool or int or long or double ? value : Cut($"{value}", length);

    private static string Cut(string text, int length) => text.Length <= length ? text : $"{text.AsSpan(0, length)}... ({text.Length} characters)";

    /// <summary>A message and its members, as the platform's formatters take them.</summary>
    private sealed class ShortenedState(string message, List<KeyValuePair<string, object?>> members) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => members.Count;

        public KeyValuePair<string, object?> this[int index] => members[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => members.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => message;
    }

    private sealed class ShortenedException(string text) : Exception
    {
        public override string Message => text;

        public override string ToString() => text;
    }

    private sealed class ShortenedScopes(IExternalScopeProvider inner, int length) : IExternalScopeProvider
    {
        public void ForEachScope<TState>(Action<object?, TState> callback, TState state) =>
            inner.ForEachScope((scope, all) => callback(new ShortenedState(Cut($"{scope}", length), Members(scope, length)), all), state);

        public IDisposable Push(object? state) => inner.Push(state);
    }
}
