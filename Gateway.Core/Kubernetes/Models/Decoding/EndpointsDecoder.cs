using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// Decodes Endpoints objects into slices: one per subset and address family, labelled with the Service that has the object's name, as the
/// mirroring controller of Kubernetes does.
/// </summary>
internal static class EndpointsDecoder
{
    public static Endpoints Read(ref Utf8JsonReader reader, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        List<EndpointsSubset> subsets = [];
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
                metadata = reader.ReadMetadata(context);
            else if (reader.ValueTextEquals("subsets"u8))
                ReadSubsets(subsets, ref reader, context);
            else if (reader.ValueTextEquals("kind"u8))
                reader.ReadKind("Endpoints");
            else
                reader.Skip();
        }

        return Build(metadata ?? throw new JsonException("The Endpoints object has no metadata."), subsets);
    }

    public static Endpoints Build(ObjectMeta metadata, List<EndpointsSubset> subsets) =>
        new() { Metadata = metadata, Slices = [.. subsets.SelectMany((subset, position) => SlicesOf(metadata, subset, position))] };

    private static IEnumerable<EndpointSlice> SlicesOf(ObjectMeta metadata, EndpointsSubset subset, int position)
    {
        var labels = new StringMap([.. metadata.Labels, new(EndpointSlice.ServiceNameLabel, metadata.Name)]);
        foreach (var family in subset.Endpoints.GroupBy(static endpoint => endpoint.Addresses[0].Contains(':') ? "IPv6" : "IPv4"))
        {
            yield return new()
            {
                Metadata = metadata with
                {
                    Name = string.Create(CultureInfo.InvariantCulture, $"{metadata.Name}-{position}-{family.Key.ToLowerInvariant()}"),
                    Labels = labels,
                },
                AddressType = family.Key,
                Endpoints = [.. family],
                Ports = subset.Ports,
            };
        }
    }

    private static void ReadSubsets(List<EndpointsSubset> subsets, ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return;
        while (reader.NextElement())
        {
            if (!reader.IsObject())
                continue;
            List<Endpoint> endpoints = [];
            ImmutableArray<EndpointPort> ports = [];
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("addresses"u8))
                    ReadAddresses(endpoints, true, ref reader, context);
                else if (reader.ValueTextEquals("notReadyAddresses"u8))
                    ReadAddresses(endpoints, false, ref reader, context);
                else if (reader.ValueTextEquals("ports"u8))
                    ports = EndpointPortDecoder.ReadPorts(ref reader, context);
                else
                    reader.Skip();
            }

            subsets.Add(new(endpoints, ports));
        }
    }

    private static void ReadAddresses(List<Endpoint> endpoints, bool ready, ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return;
        while (reader.NextElement())
        {
            if (!reader.IsObject())
                continue;
            string? address = null, node = null, hostname = null;
            TargetReference? target = null;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("ip"u8))
                    address = reader.ReadText();
                else if (reader.ValueTextEquals("hostname"u8))
                    hostname = reader.ReadText();
                else if (reader.ValueTextEquals("nodeName"u8))
                    node = reader.ReadText(context);
                else if (reader.ValueTextEquals("targetRef"u8))
                    target = EndpointPortDecoder.ReadTarget(ref reader, context);
                else
                    reader.Skip();
            }

            if (address is { Length: > 0 })
                endpoints.Add(new([address], ready, null, null, target, node, null) { Hostname = hostname is { Length: > 0 } ? hostname : null });
        }
    }
}

/// <summary>A subset of an Endpoints object: its addresses, ready or not, all with these ports.</summary>
internal sealed record EndpointsSubset(List<Endpoint> Endpoints, ImmutableArray<EndpointPort> Ports);
