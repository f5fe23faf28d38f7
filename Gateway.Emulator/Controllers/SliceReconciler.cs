using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// Distributes endpoints over slices with as few writes as the real controller (k8s.io/endpointslice, reconcileByPortMapping): an endpoint
/// stays in its slice, changed slices are filled first, then one unchanged slice with room, then new ones. Pure.
/// </summary>
internal static class SliceReconciler
{
    public static SlicePlan Plan(SliceTemplate template, IReadOnlyList<EndpointGroup> desired, IEnumerable<JsonObject> existing, IReadOnlyList<string> addressTypes)
    {
        var plan = new SlicePlan([], [], []);
        var slicesByGroup = new Dictionary<string, List<JsonObject>>(StringComparer.Ordinal);
        var surviving = addressTypes.ToDictionary(static type => type, static _ => 0);
        foreach (var slice in existing)
        {
            if (!template.Owns(slice) || !surviving.ContainsKey(slice.Text("addressType") ?? ""))
            {
                plan.Delete.Add(slice);
                continue;
            }

            var key = EndpointGroup.KeyOf(slice);
            if (!slicesByGroup.TryGetValue(key, out var slices))
            {
                slicesByGroup.Add(key, slices = []);
            }

            slices.Add(slice);
        }

        foreach (var group in desired)
        {
            slicesByGroup.Remove(group.Key, out var slices);
            surviving[group.AddressType] += PlanGroup(template, group, slices ?? [], plan);
        }

        // Slices for ports that no pod has any more are deleted; one slice of an address type without endpoints may stay as its
        // placeholder.
        foreach (var slice in slicesByGroup.Values.SelectMany(static slices => slices))
        {
            var type = slice.Text("addressType")!;
            if (surviving[type] == 0 && IsPlaceholder(slice) && template.Fits(slice))
            {
                surviving[type]++;
                continue;
            }

            plan.Delete.Add(slice);
        }

        foreach (var type in addressTypes.Where(type => surviving[type] == 0))
        {
            plan.Create.Add(template.NewSlice(new EndpointGroup(type, [], []), []));
        }

        ReuseDeleted(template, plan);
        return plan;
    }

    /// <returns>The number of slices that the group will have.</returns>
    private static int PlanGroup(SliceTemplate template, EndpointGroup group, List<JsonObject> slices, SlicePlan plan)
    {
        var missing = new Dictionary<string, JsonObject>(group.Endpoints.Count, StringComparer.Ordinal);
        foreach (var endpoint in group.Endpoints)
        {
            missing[EndpointGroup.IdentityOf(endpoint)] = endpoint;
        }

        List<(JsonObject Slice, List<JsonObject> Endpoints)> changed = [];
        List<(JsonObject Slice, List<JsonObject> Endpoints)> unchanged = [];
        var count = 0;
        foreach (var slice in slices)
        {
            List<JsonObject> kept = [];
            var differs = false;
            foreach (var endpoint in slice.Items("endpoints"))
            {
                if (!missing.Remove(EndpointGroup.IdentityOf(endpoint), out var wanted))
                {
                    differs = true;
                    continue;
                }

                kept.Add(wanted);
                differs |= !JsonNode.DeepEquals(endpoint, wanted);
            }

            if (kept.Count == 0)
            {
                plan.Delete.Add(slice);
                continue;
            }

            count++;
            (differs || !template.Fits(slice) ? changed : unchanged).Add((slice, kept));
        }

        var rest = new Queue<JsonObject>(group.Endpoints.Where(endpoint => missing.ContainsKey(EndpointGroup.IdentityOf(endpoint))).DistinctBy(EndpointGroup.IdentityOf));
        foreach (var (_, endpoints) in changed.OrderByDescending(static slice => slice.Endpoints.Count))
        {
            Fill(endpoints, rest, template.MaxEndpoints);
        }

        if (rest.Count > 0 && rest.Count < template.MaxEndpoints)
        {
            var roomy = unchanged.Where(slice => slice.Endpoints.Count + rest.Count <= template.MaxEndpoints).ToList();
            if (roomy.Count > 0)
            {
                var fullest = roomy.MaxBy(static slice => slice.Endpoints.Count);
                Fill(fullest.Endpoints, rest, template.MaxEndpoints);
                changed.Add(fullest);
            }
        }

        plan.Update.AddRange(changed.Select(slice => template.Changed(slice.Slice, slice.Endpoints)));
        while (rest.Count > 0)
        {
            List<JsonObject> endpoints = [];
            Fill(endpoints, rest, template.MaxEndpoints);
            plan.Create.Add(template.NewSlice(group, endpoints));
            count++;
        }

        return count;
    }

    private static void Fill(List<JsonObject> endpoints, Queue<JsonObject> rest, int max)
    {
        while (endpoints.Count < max && rest.TryDequeue(out var endpoint))
        {
            endpoints.Add(endpoint);
        }
    }

    private static bool IsPlaceholder(JsonObject slice) => !slice.Items("endpoints").Any() && !slice.Items("ports").Any();

    /// <summary>Updates a slice that would be deleted instead of creating another one; it keeps its name.</summary>
    private static void ReuseDeleted(SliceTemplate template, SlicePlan plan)
    {
        for (var i = 0; i < plan.Delete.Count && plan.Create.Count > 0;)
        {
            var old = plan.Delete[i];
            var next = plan.Create.FindLastIndex(slice => slice.Text("addressType") == old.Text("addressType"));
            if (next < 0 || !template.Owns(old))
            {
                i++;
                continue;
            }

            var reused = template.Changed(old, plan.Create[next].Items("endpoints"));
            reused["ports"] = plan.Create[next]["ports"]?.DeepClone();
            plan.Update.Add(reused);
            plan.Create.RemoveAt(next);
            plan.Delete.RemoveAt(i);
        }
    }
}
