using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Selectors;

/// <summary>The objects that a list or watch covers: a namespace (null: all) and both selectors.</summary>
public sealed record ObjectSelector(string? Namespace, LabelSelector Labels, FieldSelector Fields)
{
    /// <summary>True where labels or fields select within the namespace: the number of remaining objects is then unknown.</summary>
    public bool IsSelective => !Labels.IsEmpty || !Fields.IsEmpty;

    public bool Matches(StoredObject item) =>
        (Namespace is null || Namespace == item.Namespace) && Labels.Matches(item.Labels) && (Fields.IsEmpty || Fields.Matches(item));
}
