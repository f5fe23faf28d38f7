using System.Text.Json.Nodes;

namespace Gateway.Emulator.Printing;

/// <summary>The columns of a kind, and the cells of one of its objects.</summary>
internal sealed record TableLayout(IReadOnlyList<TableColumn> Columns, Func<JsonObject, DateTimeOffset, JsonNode?[]> Cells);
