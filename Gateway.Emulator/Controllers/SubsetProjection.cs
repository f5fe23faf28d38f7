using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// The subsets of the Endpoints object of a Service with a selector, as kube-controller-manager's endpoints controller
/// writes them: one subset for each set of ports, addresses in order, at most 1,000 addresses in all. Pure.
/// </summary>
internal static class SubsetProjection
{
    /// <summary>The endpoints controller's maxCapacity.</summary>
    public const int MaxAddresses = 1000;

    public static (JsonArray? Subsets, bool IsTruncated) Project(ServiceFacts service, IEnumerable<PodFacts> pods)
    {
        var subsets = new SortedDictionary<string, Subset>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            // Unlike in slices, a terminating pod is left out, and its node need not exist.
            if (!pod.MayHaveEndpoints || (pod.IsTerminating && !service.PublishesNotReady))
            {
                continue;
            }

            if (pod.Address(service.Families[0]) is not { } address)
            {
                continue;
            }

            List<EndpointPort> ports = [.. service.Ports.Select(port => port.In(pod)).OfType<EndpointPort>()];
            if (ports.Count == 0 && !(service.IsHeadless && service.Ports.Count == 0))
            {
                continue;
            }

            var key = EndpointPort.KeyOf(ports);
            if (!subsets.TryGetValue(key, out var subset))
            {
                subsets.Add(key, subset = new Subset(ports, [], []));
            }

            (service.PublishesNotReady || pod.IsReady ? subset.Ready : subset.NotReady).Add(new Address(address.ToString(), pod, service.HostnameOf(pod)));
        }

        foreach (var subset in subsets.Values)
        {
            subset.Ready.Sort();
            subset.NotReady.Sort();
        }

        var isTruncated = Truncate(subsets.Values);
        JsonArray json = [.. subsets.Values.Select(static subset => subset.ToJson())];
        return (json.Count == 0 ? null : json, isTruncated);
    }

    /// <summary>Ready addresses come first; each subset gives up its share, rounded up.</summary>
    private static bool Truncate(IReadOnlyCollection<Subset> subsets)
    {
        var ready = subsets.Sum(static subset => subset.Ready.Count);
        var notReady = subsets.Sum(static subset => subset.NotReady.Count);
        if (ready + notReady <= MaxAddresses)
        {
            return false;
        }

        var cutsReady = ready > MaxAddresses;
        var room = cutsReady ? MaxAddresses : MaxAddresses - ready;
        var total = cutsReady ? ready : notReady;
        var left = room;
        foreach (var subset in subsets)
        {
            var addresses = cutsReady ? subset.Ready : subset.NotReady;
            var share = Math.Min((int)Math.Ceiling((double)addresses.Count / total * room), left);
            addresses.RemoveRange(share, addresses.Count - share);
            left -= share;
            if (cutsReady)
            {
                subset.NotReady.Clear();
            }
        }

        return true;
    }

    private sealed record Subset(List<EndpointPort> Ports, List<Address> Ready, List<Address> NotReady)
    {
        public JsonObject ToJson()
        {
            var json = new JsonObject();
            Add(json, "addresses", Ready.Select(static address => address.ToJson()));
            Add(json, "notReadyAddresses", NotReady.Select(static address => address.ToJson()));
            Add(json, "ports", Ports.Select(static port => port.ToSubsetJson()));
            return json;
        }

        private static void Add(JsonObject json, string name, IEnumerable<JsonObject> items)
        {
            JsonArray array = [.. items];
            if (array.Count > 0)
            {
                json[name] = array;
            }
        }
    }

    private sealed record Address(string Ip, PodFacts Pod, string? Hostname) : IComparable<Address>
    {
        public int CompareTo(Address? other) =>
            string.CompareOrdinal(Ip, other?.Ip) is var order and not 0 ? order : string.CompareOrdinal(Pod.Uid, other?.Pod.Uid);

        public JsonObject ToJson()
        {
            var json = new JsonObject { ["ip"] = Ip };
            if (Hostname is not null)
            {
                json["hostname"] = Hostname;
            }

            if (Pod.NodeName is not null)
            {
                json["nodeName"] = Pod.NodeName;
            }

            json["targetRef"] = PodReference.To(Pod);
            return json;
        }
    }
}
