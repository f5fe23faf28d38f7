using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>What decoding a pod from protobuf allocates. Bytes are counted, not time.</summary>
public sealed class DecodeCostTests(ITestOutputHelper output)
{
    private const int Pods = 5_000;

    // Objects, strings and arrays of a pod with two running containers and one address.
    private const int MostBytesPerPod = 900;

    [Fact]
    public void FieldsThatAreSkippedAllocateNothing()
    {
        var small = Pod(1);
        var large = Pod(1);
        large["metadata"]!["managedFields"] = new JsonArray([.. Enumerable.Range(0, 5).Select(static number => JsonNode.Parse(
            $$$"""{"manager":"kubelet{{{number}}}","operation":"Update","time":"2026-11-20T19:35:59Z","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:phase":{} } } }"""))]);
        large["spec"]!["volumes"] = JsonNode.Parse("""[{"name":"a","emptyDir":{}},{"name":"b","configMap":{"name":"c"}}]""");
        large["spec"]!["tolerations"] = JsonNode.Parse("""[{"key":"a","operator":"Exists","tolerationSeconds":300}]""");
        foreach (var container in large["spec"]!["containers"]!.AsArray())
        {
            container!["env"] = JsonNode.Parse("""[{"name":"A","value":"B"},{"name":"C","value":"D"}]""");
            container["resources"] = JsonNode.Parse("""{"requests":{"cpu":"100m","memory":"1Gi"}}""");
        }

        var (few, many) = (Message(small), Message(large));
        many.Length.ShouldBeGreaterThan(few.Length + 500);
        Allocated(many).ShouldBe(Allocated(few));
    }

    [Fact]
    public void ADecodedPodAllocatesAtMost900Bytes()
    {
        var messages = Enumerable.Range(0, Pods).Select(static number => Message(Pod(number))).ToList();
        var context = NewContext();
        var pods = new Pod[Pods];
        Read(messages[0], context);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Pods; i++)
            pods[i] = Read(messages[i], context);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Pods;

        // What it keeps is part of what it allocates; other tests run beside this one, so the heap itself says nothing.
        output.WriteLine($"{each} bytes a pod");
        each.ShouldBeLessThanOrEqualTo(MostBytesPerPod);
        pods[^1].ContainerStatuses.Length.ShouldBe(2);
    }

    [Fact]
    public void PodsOfADeploymentShareWhatIsEqual()
    {
        var context = NewContext();
        var (one, other) = (Read(Message(Pod(1)), context), Read(Message(Pod(2)), context));
        (one.Containers == other.Containers).ShouldBeTrue("one array");
        one.Metadata.Labels.ShouldBeSameAs(other.Metadata.Labels);
        one.NodeName.ShouldBeSameAs(other.NodeName);
    }

    [Fact]
    public async Task AListThatIsBeingReceivedKeepsNoSecondCopyOfWhatHasNotChanged()
    {
        var store = ClusterCache.NewPodStore();
        store.Replace([Read(Message(Pod(1)), NewContext()), Read(Message(Pod(2)), NewContext())], 10);
        var body = ProtobufWire.List(20, Message(Pod(1)), Message(Changed(Pod(2))), Message(Pod(3)));
        var list = await ListDecoder.ReadAsync(
            AnswerFormat.Protobuf, new MemoryStream(body), 100_000, ResourceTypes.Pods, NewContext(), static () => { }, TestContext.Current.CancellationToken, store.HeldOr);
        list.Items.Select(pod => ReferenceEquals(pod, store.Find(pod.Metadata.Key))).ShouldBe([true, false, false]);

        static JsonObject Changed(JsonObject pod)
        {
            pod["metadata"]!["resourceVersion"] = "15";
            return pod;
        }
    }

    private static DecodeContext NewContext() => new(new StringPool(), static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal));

    private static Pod Read(byte[] message, DecodeContext context) => AnswerFormat.Protobuf.ReadItem(message, ResourceTypes.Pods, context).Object!;

    private static long Allocated(byte[] message)
    {
        var context = NewContext();
        Read(message, context);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(message, context);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Message(JsonObject pod) => ProtobufWire.Message(pod.ToJsonString(), "Pod");

    private static JsonObject Pod(int number) => JsonNode.Parse($$$"""
        {"metadata":{"name":"orders-7d4b9c6f58-{{{number:d5}}}","namespace":"shop","uid":"{{{new Guid(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}}}","resourceVersion":"{{{number + 1}}}",
          "creationTimestamp":"2026-11-20T19:35:59Z","labels":{"app":"orders","pod-template-hash":"7d4b9c6f58"},"annotations":{"kubernetes.io/config.seen":"2026-11-20T19:35:59Z"}},
         "spec":{"nodeName":"node-1","serviceAccountName":"orders","containers":[{"name":"app","image":"x"},{"name":"mesh","image":"y"}]},
         "status":{"phase":"Running","podIP":"10.1.{{{number / 250}}}.{{{number % 250}}}","podIPs":[{"ip":"10.1.{{{number / 250}}}.{{{number % 250}}}"}],"conditions":[{"type":"Ready","status":"True"}],
          "containerStatuses":[{"name":"app","ready":true,"restartCount":0,"containerID":"containerd://{{{number:x12}}}aaaa","state":{"running":{"startedAt":"2026-11-20T19:36:05Z"} } },
                               {"name":"mesh","ready":true,"restartCount":1,"containerID":"containerd://{{{number:x12}}}bbbb","state":{"running":{"startedAt":"2026-11-20T19:36:06Z"} } }]} }
        """)!.AsObject();
}
