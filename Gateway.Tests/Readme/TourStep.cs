namespace Gateway.Tests.Readme;

/// <summary>One line of the README's tour: the command after the prompt, and what it prints.</summary>
internal sealed record TourStep(string Command, string Printed);
