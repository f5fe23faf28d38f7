namespace Gateway.Core.Annotations;

/// <summary>One of several ports of an instance: <c>{name, port, protocol}</c>.</summary>
public sealed record NamedPort(string Name, int Port, string Protocol);
