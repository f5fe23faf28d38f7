using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

/// <summary>How one stable code is brought about: with which settings, and by which call.</summary>
internal sealed record ProblemCase(Func<TestRegistry, Task<HttpResponseMessage>> Call, params (string Key, string Value)[] Settings);
