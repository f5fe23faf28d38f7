using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.Identity;

/// <summary>Live GETs of pods, to recognise and confirm callers; the limits of reviews include them.</summary>
public sealed class LivePods(IPodApi api, ReviewCalls calls)
{
    public async Task<PodLookup> GetAsync(string ns, string name, string caller)
    {
        var asked = await calls.AskAsync("pod", caller, async (_, cancellationToken) =>
            new Found(await api.GetPodAsync(ns, name, cancellationToken)));
        return asked.IsRefused(out var refusal) ? new(null, refusal) : new(asked.Value.Pod, null);
    }

    private sealed record Found(Pod? Pod);
}

/// <summary>A pod as the API server has it; both null: there is none of that name.</summary>
public readonly record struct PodLookup(Pod? Pod, Refusal? Refusal);
