using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Support;

/// <summary>One message: its text (with the exception's, if any) and its named values.</summary>
internal sealed record LogLine(string Category, int Id, LogLevel Level, string Text, IReadOnlyDictionary<string, string> Members);
