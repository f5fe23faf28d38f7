using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance;

/// <summary>
/// Writes the slices of a test's Services where no controller does: one slice a Service, from the pods that its selector finds. Written by the
/// test that owns the namespace, one call at a time.
/// </summary>
internal sealed class HandWrittenSlices(TestCluster cluster)
{
    private readonly List<JsonObject> _services = [];

    public void Follow(JsonObject service) => _services.Add(service);

    public async Task WriteAsync()
    {
        if (_services.Count == 0)
        {
            return;
        }

        var pods = (await cluster.Api.GetAsync(cluster.Pods)).Expect(200).Items();
        foreach (var service in _services)
        {
            var slice = Slice(service, pods);
            var path = $"{cluster.Slices}/{slice.Name()}";
            var answer = await cluster.Api.PutAsync(path, slice);
            if (answer.Status == 404)
            {
                answer = await cluster.Api.PostAsync(cluster.Slices, slice);
            }

            answer.Status.ShouldBeOneOf(200, 201);
        }
    }

    private JsonObject Slice(JsonObject service, IReadOnlyList<JsonObject> pods)
    {
        var selector = service.At("spec", "selector")!.AsObject();
        var port = service.Array("spec", "ports")[0];
        return new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{service.Name()}-written",
                ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = service.Name() },
            },
            ["addressType"] = "IPv4",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = port.Text("name"), ["port"] = 8080, ["protocol"] = "TCP" }),
            ["endpoints"] = new JsonArray(
            [
                .. from pod in pods
                   where selector.All(label => pod.Text("metadata", "labels", label.Key) == (string?)label.Value)
                   where pod.Text("status", "podIP") is not null
                   select Endpoint(pod),
            ]),
        };
    }

    private JsonObject Endpoint(JsonObject pod)
    {
        var isServing = pod.Array("status", "conditions").Any(static condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");
        var isTerminating = pod.At("metadata", "deletionTimestamp") is not null;
        return new JsonObject
        {
            ["addresses"] = new JsonArray(pod.Text("status", "podIP")),
            ["conditions"] = new JsonObject { ["ready"] = isServing && !isTerminating, ["serving"] = isServing, ["terminating"] = isTerminating },
            ["nodeName"] = pod.Text("spec", "nodeName"),
            ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = cluster.Namespace, ["name"] = pod.Name(), ["uid"] = pod.Uid() },
        };
    }
}
