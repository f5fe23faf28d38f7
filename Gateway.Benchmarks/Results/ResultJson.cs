using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Load;

namespace Gateway.Benchmarks.Results;

/// <summary>When which pod was changed: <c>Stopwatch</c> ticks, which all processes of a machine share.</summary>
internal sealed record ChangeLog(List<int> Pods, List<long> Ticks);

/// <summary>The JSON of results, and of what the processes of a run say to each other.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChangeLog))]
[JsonSerializable(typeof(LoadOrder))]
[JsonSerializable(typeof(LoadResult))]
[JsonSerializable(typeof(BareAnswer))]
[JsonSerializable(typeof(ResultFile))]
internal sealed partial class ResultJson : JsonSerializerContext
{
    /// <summary>For files that people read.</summary>
    public static ResultJson Indented { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true });
}
