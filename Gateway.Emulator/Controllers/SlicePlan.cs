using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>The writes that bring the slices of one Service to where they should be; nothing else is written.</summary>
internal sealed record SlicePlan(List<JsonObject> Create, List<JsonObject> Update, List<JsonObject> Delete)
{
    public bool IsEmpty => Create.Count == 0 && Update.Count == 0 && Delete.Count == 0;
}
