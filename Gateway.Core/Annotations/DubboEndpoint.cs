namespace Gateway.Core.Annotations;

/// <summary>One entry of the member <c>dubbo.endpoints</c>: a port and the protocol spoken there.</summary>
public sealed record DubboEndpoint(int Port, string Protocol);
