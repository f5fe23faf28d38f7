namespace Gateway.Core.Identity;

/// <summary>By what a pod was recognised.</summary>
public enum IdentityProof
{
    Token,
    SourceAddress,
}
