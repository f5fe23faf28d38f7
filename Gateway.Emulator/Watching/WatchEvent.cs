using Gateway.Emulator.Selectors;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>One change as a watcher with a selector sees it.</summary>
internal readonly record struct WatchEvent(ChangeType Type, StoredObject Object)
{
    /// <summary>
    /// Null when neither the old nor the new object matches the selector. An object that no longer matches is deleted with its old content
    /// and the new version.
    /// </summary>
    public static WatchEvent? Of(Change change, ObjectSelector selector)
    {
        var was = change.Previous is not null && selector.Matches(change.Previous);
        if (change.Type == ChangeType.Deleted)
            return was ? new WatchEvent(ChangeType.Deleted, change.Current) : null;
        var matches = selector.Matches(change.Current);
        return (was, matches) switch
        {
            (true, true) => new WatchEvent(ChangeType.Modified, change.Current),
            (false, true) => new WatchEvent(ChangeType.Added, change.Current),
            (true, false) => new WatchEvent(ChangeType.Deleted, change.PreviousUnderVersion),
            _ => null,
        };
    }
}
