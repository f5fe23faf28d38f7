using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Refusals;

namespace Gateway.Core.Identity;

/// <summary>A pod as the API server has it; both null: there is none of that name.</summary>
public readonly record struct PodLookup(Pod? Pod, Refusal? Refusal);
