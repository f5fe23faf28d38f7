using System.Buffers;
using Gateway.Core.Results;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// Which texts are names of objects: lower-case RFC 1123, as the API server validates them. Neither form holds a slash, a percent sign or an
/// empty part, so a name never changes the path that it is part of.
/// </summary>
public static class ObjectNames
{
    public const int MaxLabelLength = 63;
    public const int MaxSubdomainLength = 253;

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> SubdomainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>A DNS label: the name of a namespace.</summary>
    public static bool IsLabel(ReadOnlySpan<char> text) => text.Length <= MaxLabelLength && IsPart(text);

    /// <summary>A DNS subdomain: the name of a pod, node, Lease and most other objects. The API server bounds its length, not that of its parts.</summary>
    public static bool IsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxSubdomainLength)
            return false;
        foreach (var part in text.Split('.'))
        {
            if (!IsPart(text[part]))
                return false;
        }

        return true;
    }

    /// <summary>For the end of a sentence about a label: see <see cref="FaultText.Offending"/>.</summary>
    public static string OffendingInLabel(string text) => FaultText.Offending(text, LabelCharacters);

    /// <summary>The same for a subdomain.</summary>
    public static string OffendingInSubdomain(string text) => FaultText.Offending(text, SubdomainCharacters);

    private static bool IsPart(ReadOnlySpan<char> text) =>
        text.Length > 0 && text[0] != '-' && text[^1] != '-' && !text.ContainsAnyExcept(LabelCharacters);
}
