using System.Text;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class BrokenAnnotationTests
{
    private static readonly string[] _pieces =
        ["/providers/", "/consumers/", "dubbo", "://", "[", "]", ":", "20880", "%", "%2F", "?", "&", "=", "\"", "\\ud800", "{", "}", ",", "k", "v", "é", "\ud800", "null", " "];

    /// <summary>Readers and planners meet whatever stands there: valid values with a piece cut out or put in, seeded.</summary>
    [Fact]
    public void NothingInAnAnnotationMakesAReaderOrAPlannerFail()
    {
        var random = new Random(3);
        var record = Record("orders", 8080, metadata: new Dictionary<string, string> { ["a"] = "b" });
        var list = Encoding.UTF8.GetString(Convert.FromBase64String(DubboVectors.V3GroupAndVersion));
        for (var i = 0; i < 20_000; i++)
        {
            var pod = With(
                (Options.KeyOf(record.Id), Break(NativeFormat.Write(record), random)),
                (Options.DeclareKey, Break("""[{"service":"a","port":80,"metadata":{"x":"y"}}]""", random)),
                ("io.dubbo/metadata", Break("""{"dubbo.endpoints":"[{\"port\":1,\"protocol\":\"dubbo\"}]","timestamp":"1"}""", random)),
                ("dubbo.io/annotation", i % 2 == 0 ? Break(DubboVectors.V3GroupAndVersion, random) : SdkCodec.EncodeText(Break(list, random))),
                ("app.io/annotation", SdkCodec.EncodeText(Break(list, random))));
            Should.NotThrow(pod.Read);
            Should.NotThrow(() => MirrorPlanner.Plan(pod, [new(record, MirrorNames.All)]));
            Should.NotThrow(() => NativeFormat.Rewrite(record, pod.Metadata.Annotations[Options.KeyOf(record.Id)]));
        }
    }

    private static string Break(string text, Random random)
    {
        var (from, to) = (random.Next(text.Length + 1), random.Next(text.Length + 1));
        return random.Next(4) switch
        {
            0 => text,
            1 => text.Remove(Math.Min(from, to), Math.Abs(to - from)),
            2 => text.Insert(from, _pieces[random.Next(_pieces.Length)]),
            _ => text.Insert(from, string.Concat(Enumerable.Range(0, 4).Select(_ => _pieces[random.Next(_pieces.Length)]))).Remove(Math.Min(from, to), random.Next(2)),
        };
    }
}
