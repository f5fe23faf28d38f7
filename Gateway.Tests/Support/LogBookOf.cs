using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Support;

/// <summary>The log of one type.</summary>
internal sealed class LogBookOf<T> : LogBook, ILogger<T>;
