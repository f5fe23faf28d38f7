namespace Gateway.Emulator.Controllers;

/// <summary>A container port that a Service may name as its targetPort.</summary>
internal sealed record NamedPort(string Name, int Port, string Protocol);
