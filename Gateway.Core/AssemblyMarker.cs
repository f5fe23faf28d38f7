namespace Gateway.Core;

/// <summary>Names this assembly for those who need to find it by a type.</summary>
public static class AssemblyMarker;
