using Gateway.Emulator.Selectors;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>One page of a list. <paramref name="Remaining"/> is null where it cannot be told, or nothing remains.</summary>
internal sealed record ListPage(IEnumerable<StoredObject> Items, long Version, string? Continue, int? Remaining)
{
    public static ListPage Cut(ObjectSet objects, long version, ObjectSelector selector, ObjectKey? after, int limit, string ns)
    {
        var all = objects.In(selector.Namespace, after).Where(selector.Matches);
        if (limit == 0)
            return new ListPage(all, version, null, null);
        var items = all.Take(limit + 1).ToList();
        if (items.Count <= limit)
            return new ListPage(items, version, null, null);
        items.RemoveAt(limit);
        int? remaining = selector.IsSelective ? null : objects.In(selector.Namespace, items[^1].Key).Count();
        return new ListPage(items, version, new ContinueToken(version, items[^1].Key).Encode(ns), remaining);
    }
}
