using System.Text.Json.Nodes;

namespace Gateway.Emulator.Printing;

/// <summary>The columns of a kind, and a function that makes the cells of one object.</summary>
internal sealed record TableLayout(IReadOnlyList<TableColumn> Columns, Func<JsonObject, DateTimeOffset, JsonNode?[]> Cells);
