using System.Globalization;
using Google.Protobuf;

namespace Gateway.Tests.Tracing;

/// <summary>
/// Reads the spans of an <c>ExportTraceServiceRequest</c> (opentelemetry-proto, trace/v1/trace.proto): the fields that tests look at, by their numbers.
/// </summary>
internal static class SpanReader
{
    public static (List<ReceivedSpan> Spans, Dictionary<string, string> Resource) Read(byte[] request)
    {
        var spans = new List<ReceivedSpan>();
        var resource = new Dictionary<string, string>();
        foreach (var resourceSpans in Fields(request, 1))
        {
            foreach (var attributes in Fields(resourceSpans, 1))
                ReadAttributes(attributes, 1, resource);
            spans.AddRange(Fields(resourceSpans, 2).SelectMany(static scope => Fields(scope, 2)).Select(ReadSpan));
        }

        return (spans, resource);
    }

    private static ReceivedSpan ReadSpan(byte[] span)
    {
        var attributes = new Dictionary<string, string>();
        ReadAttributes(span, 9, attributes);
        return new(
            Hex(span, 1), Hex(span, 2), Hex(span, 4), System.Text.Encoding.UTF8.GetString(Fields(span, 5).Single()), (int)Number(span, 6), attributes,
            [.. Fields(span, 13).Select(static link => Hex(link, 1) + "-" + Hex(link, 2))],
            Fields(span, 15).Select(static status => (int)Number(status, 3)).FirstOrDefault());
    }

    private static void ReadAttributes(byte[] message, int field, Dictionary<string, string> into)
    {
        foreach (var pair in Fields(message, field))
        {
            var value = Fields(pair, 2).Single();
            into[System.Text.Encoding.UTF8.GetString(Fields(pair, 1).Single())] = Fields(value, 1).Select(System.Text.Encoding.UTF8.GetString).FirstOrDefault()
                ?? Number(value, 3).ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).FirstOrDefault() ?? []);

    private static List<byte[]> Fields(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }

    private static long Number(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint)
                return input.ReadInt64();
            input.SkipLastField();
        }

        return 0;
    }
}
