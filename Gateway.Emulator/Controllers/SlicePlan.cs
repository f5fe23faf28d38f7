using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// The writes that turn the stored slices of one Service into the desired ones; slices without a difference are not in it.
/// </summary>
internal sealed record SlicePlan(List<JsonObject> Create, List<JsonObject> Update, List<JsonObject> Delete)
{
    public bool IsEmpty => Create.Count == 0 && Update.Count == 0 && Delete.Count == 0;
}
