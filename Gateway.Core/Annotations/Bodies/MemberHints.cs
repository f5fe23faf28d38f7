namespace Gateway.Core.Annotations.Bodies;

/// <summary>What someone who sent an unknown member of a registration most likely meant: mostly it has that name in another registry.</summary>
internal static class MemberHints
{
    private const string KnownInPost = "; known: namespace, pod, service, port, group, version, protocol, ports, metadata, weight, ttl, container, mirrors, url";

    /// <param name="hasTarget">The body may name its pod or be a URL: it comes by POST.</param>
    /// <returns>The rest of the sentence, after the member's name.</returns>
    public static string Of(string name, bool hasTarget) => name.ToUpperInvariant() switch
    {
        "NAME" or "SERVICENAME" or "SERVICE_NAME" or "APP" => ": the member is called 'service'",
        "IP" or "IPADDR" or "ADDRESS" or "HOST" or "HOSTNAME" => ": the address is that of the pod and is not sent",
        "META" or "TAGS" or "LABELS" => ": the member is called 'metadata', an object of strings",
        "CHECK" or "CHECKS" or "HEALTHCHECKURL" => ": the pod's readiness probe is the check; 'ttl' asks for heartbeats",
        "PODNAME" when hasTarget => ": the member is called 'pod'",
        // In an annotation many faults are one reason, of which there is room for each alone.
        _ => hasTarget ? KnownInPost : "",
    };
}
