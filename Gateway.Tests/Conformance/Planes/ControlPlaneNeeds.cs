namespace Gateway.Tests.Conformance.Planes;

/// <summary>What a conformance test needs of the control plane it runs against.</summary>
[Flags]
public enum ControlPlaneNeeds
{
    /// <summary>kube-apiserver alone; the test writes slices and pod status itself and deletes with grace 0.</summary>
    ApiServer = 0,

    /// <summary>The endpoints and endpointslice controllers run.</summary>
    Controllers = 1,

    /// <summary>Something schedules and runs pods: it posts their status and removes them after their grace period.</summary>
    Kubelet = 2,

    /// <summary>Services may have addresses of both families.</summary>
    DualStack = 4,

    /// <summary>ValidatingAdmissionPolicies are enforced (Kubernetes 1.30 and later).</summary>
    AdmissionPolicies = 8,
}
