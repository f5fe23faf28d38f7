namespace Gateway.Emulator.Printing;

/// <summary>One column of a table; columns of priority 1 are shown by <c>kubectl get -o wide</c> only.</summary>
internal sealed record TableColumn(string Name, string Type, string Format, string Description, int Priority)
{
    public static TableColumn Text(string name, string description = "", int priority = 0) => new(name, "string", "", description, priority);

    public static TableColumn Number(string name, string description = "") => new(name, "integer", "", description, 0);
}
