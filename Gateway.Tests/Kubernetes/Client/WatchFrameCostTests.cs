using Gateway.Benchmarks.Cluster;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>What decoding a watch frame of an ordinary pod (five containers) allocates. Bytes are counted, not time.</summary>
public sealed class WatchFrameCostTests(ITestOutputHelper output)
{
    private const int Frames = 200;

    [Theory]
    [InlineData("json", 1_800)]
    [InlineData("protobuf", 1_500)]
    public void AFrameOfAnOrdinaryPodAllocatesNoMoreThanItsCeiling(string name, int mostBytes)
    {
        var (wire, format) = name == "json" ? (WireFormat.Json, AnswerFormat.Json) : (WireFormat.Protobuf, AnswerFormat.Protobuf);
        var encoder = new PodEncoder(wire);
        var frames = Enumerable.Range(1, Frames).Select(number => encoder.Frame("MODIFIED", new PodState(number, 7, ClusterShape.FirstVersion + number, number % 2 == 0, null))).ToList();
        var context = new DecodeContext(new StringPool(), static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal));
        Read().Object!.ContainerStatuses.Length.ShouldBe(5);

        var each = Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Read();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / Frames;
        });

        output.WriteLine($"{each} bytes of {frames[0].Length}");
        each.ShouldBeLessThanOrEqualTo(mostBytes);

        WatchEvent<Pod> Read()
        {
            WatchEvent<Pod> last = null!;
            foreach (var frame in frames)
                last = WatchEventDecoder.Read(format, Body(frame), ResourceTypes.Pods, context, 1);
            return last;
        }

        // Protobuf begins with the length of the frame, JSON ends with a line break.
        ReadOnlySpan<byte> Body(byte[] frame) => wire == WireFormat.Json ? frame : frame.AsSpan(4);
    }
}
