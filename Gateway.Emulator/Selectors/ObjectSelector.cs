using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Selectors;

/// <summary>Which objects a list or watch is about: a namespace (null: all) and both selectors.</summary>
public sealed record ObjectSelector(string? Namespace, LabelSelector Labels, FieldSelector Fields)
{
    /// <summary>Selects within the namespace, so that how many remain cannot be told.</summary>
    public bool IsSelective => !Labels.IsEmpty || !Fields.IsEmpty;

    public bool Matches(StoredObject item) =>
        (Namespace is null || Namespace == item.Namespace) && Labels.Matches(item.Labels) && (Fields.IsEmpty || Fields.Matches(item));
}
