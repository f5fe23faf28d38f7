using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>The objects of a streaming list that is under way. Owned by its watch session; not in the store before it is complete.</summary>
internal sealed class InitialEventsBuffer<T>(RelistReason reason)
    where T : class, IKubernetesObject
{
    private readonly Dictionary<ObjectKey, T> _items = [];
    private readonly Dictionary<string, UnreadableItem> _unreadable = [];

    public RelistReason Reason => reason;
    public IReadOnlyCollection<T> Items => _items.Values;
    public ImmutableArray<UnreadableItem> Unreadable => [.. _unreadable.Values];

    /// <summary>Takes an event in; true when the list is complete with it.</summary>
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
                _items[value.Metadata.Key] = value;
        }

        return false;
    }
}
