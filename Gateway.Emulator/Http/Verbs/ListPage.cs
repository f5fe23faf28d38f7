using Gateway.Emulator.Selectors;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>One page of a list. <paramref name="Remaining"/> is null where it is unknown or zero.</summary>
internal sealed record ListPage(IEnumerable<StoredObject> Items, long Version, string? Continue, int? Remaining)
{
    public static ListPage Cut(ObjectSet objects, long version, ObjectSelector selector, ObjectKey? after, int limit, string ns)
    {
        var all = objects.In(selector.Namespace, after).Where(selector.Matches);
        if (limit == 0)
            return new ListPage(all, version, null, null);
        var items = all.Take(limit).ToList();

        // The real server does not check whether any of the remaining objects match, so the last page may be empty.
        var rest = items.Count < limit ? [] : objects.In(selector.Namespace, items[^1].Key);
        if (!rest.Any())
            return new ListPage(items, version, null, null);
        return new ListPage(items, version, new ContinueToken(version, items[^1].Key).Encode(ns), selector.IsSelective ? null : rest.Count());
    }
}
