using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>Buffers the objects of an incomplete streaming list. Owned by its watch session; stored only when the list is complete.</summary>
internal sealed class InitialEventsBuffer<T>(RelistReason reason, ObjectStore<T> store)
    where T : class, IKubernetesObject
{
    private readonly Dictionary<ObjectKey, T> _items = [];
    private readonly Dictionary<string, UnreadableItem> _unreadable = [];

    public RelistReason Reason => reason;
    public IReadOnlyCollection<T> Items => _items.Values;
    public ImmutableArray<UnreadableItem> Unreadable => [.. _unreadable.Values];

    /// <summary>Adds an event; true when it completes the list.</summary>
    public bool Add(WatchEvent<T> told)
    {
        if (told.Type == WatchEventType.Bookmark)
            return told.EndsInitialEvents;
        if (told.Failure is not null)
            _unreadable[told.Object?.Metadata.Key.ToString() ?? $"@{told.Version}"] = new(told.Object?.Metadata.Key, told.Failure);
        if (told.Object is { } value)
        {
            if (told.Type == WatchEventType.Deleted)
                _items.Remove(value.Metadata.Key);
            else
                _items[value.Metadata.Key] = store.HeldOr(value);
        }

        return false;
    }
}
