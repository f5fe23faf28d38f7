using System.Reflection;

namespace Gateway.Core.Diagnostics;

/// <summary>The version of this build, <c>0.1.0</c>, as <c>--version</c>, <c>/readyz</c>, metrics and traces say it.</summary>
public static class BuildVersion
{
    /// <summary>Without the commit that the SDK appends after a plus sign.</summary>
    public static string Text { get; } =
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
