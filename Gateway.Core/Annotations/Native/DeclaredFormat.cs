using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.Annotations.Native;

/// <summary>
/// The annotation <c>&lt;prefix&gt;/declare</c> of a pod template: an array of registration bodies for services that cannot call the
/// gateway (contract, section 5). Each body is accepted or refused on its own, by the reader and the rules of a POST. It is bound to no
/// container run, and a <c>ttl</c> is refused because nothing would renew the lease.
/// </summary>
public sealed class DeclaredFormat(AnnotationOptions options) : IAnnotationFormat
{
    // As a POST's body.
    private const int MaxDepth = 32;

    // The first faults are enough to start with; the answer that lists them should stay small.
    private const int MaxToldFaults = 10;

    // A body that is nested too deep must not hide the others; no annotation can be nested deeper than it is long.
    private static readonly JsonReaderOptions ArrayOptions = new() { MaxDepth = 1024 * 1024 };
    private static readonly JsonReaderOptions BodyOptions = new() { MaxDepth = MaxDepth };

    private readonly string _key = options.DeclareKey;

    public InstanceSource Source => InstanceSource.Declared;

    public void Read(Pod pod, PodRecordsBuilder found)
    {
        if (!pod.Metadata.Annotations.TryGetValue(_key, out var value))
            return;
        if (!AnnotationJson.TryEncode(value, out var text))
            Refuse(found, AnnotationJson.NotUnicode);
        else if (!TrySplit(text, out var bodies, out var reason))
            Refuse(found, reason);
        else
            ReadAll(pod, text, bodies, found);
    }

    private void ReadAll(Pod pod, byte[] text, List<Range> bodies, PodRecordsBuilder found)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var place = 0; place < bodies.Count; place++)
        {
            if (!found.HasRoom(Source, _key))
                return;
            if (place == RegistrationRules.MaxItems)
                Refuse(found, $"/{place}: only the first {RegistrationRules.MaxItems} registrations are read");
            else if (TryRead(pod, text.AsSpan(bodies[place]), $"/{place}", out var reason) is not { } record)
                Refuse(found, reason);
            else if (!places.TryAdd(record.Id, place))
                Refuse(found, $"/{place}: declares the same registration as /{places[record.Id]}");
            else
                found.Add(record);
        }
    }

    /// <summary>Where each body is, up to one more than are read. The whole text is checked first, so that what is no JSON hides all of it.</summary>
    private static bool TrySplit(ReadOnlySpan<byte> text, out List<Range> bodies, out string reason)
    {
        bodies = [];
        reason = "is not a JSON array of registrations";
        try
        {
            var json = new Utf8JsonReader(text, ArrayOptions);
            var isArray = json.Read() && json.TokenType == JsonTokenType.StartArray;
            while (isArray && json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)json.TokenStartIndex;
                json.Skip();
                if (bodies.Count <= RegistrationRules.MaxItems)
                    bodies.Add(start..(int)json.BytesConsumed);
            }

            while (json.Read())
            {
            }

            return isArray;
        }
        catch (JsonException fault)
        {
            reason = AnnotationJson.Position(fault);
            return false;
        }
    }

    private RegistrationRecord? TryRead(Pod pod, ReadOnlySpan<byte> text, string pointer, out string reason)
    {
        var body = new RegistrationBody();
        var (faults, budget) = (new FaultList(), MetadataBudget.OfRegistrations());
        try
        {
            var json = new JsonBody(text, BodyOptions, faults, budget);
            if (RegistrationBodyReader.Read(ref json, pointer, body))
                CheckValues(body, pointer, faults);
        }
        catch (JsonException)
        {
            // The text as a whole is JSON: it can only be a string that is not Unicode, or the depth.
            reason = $"{pointer}: {AnnotationJson.NotUnicode}, or is nested more than {MaxDepth} deep";
            return null;
        }

        reason = budget.Refusal is { } tooLarge ? $"{pointer}: {tooLarge.Detail}" : Told(faults);
        return budget.Refusal is null && faults.IsEmpty ? body.ToRecord(pod, Source) : null;
    }

    private static void CheckValues(RegistrationBody body, string pointer, FaultList faults)
    {
        if (body.Ttl is not null)
            faults.AtPointer(pointer + "/ttl", FaultCodes.InvalidValue, "A declared registration cannot be renewed, so it cannot have a lease.");
        RegistrationBodyRules.Check(body, (member, code, detail) => faults.OfValue(pointer, member, code, detail));
    }

    private static string Told(FaultList faults)
    {
        var told = string.Join("; ", faults.Faults.Take(MaxToldFaults).Select(static fault => $"{fault.Pointer}: {fault.Detail.TrimEnd('.')}"));
        return faults.Faults.Count <= MaxToldFaults ? told : $"{told}; and {faults.Faults.Count - MaxToldFaults} more faults";
    }

    private void Refuse(PodRecordsBuilder found, string reason) => found.Add(new UnreadableRecord(Source, _key, null, reason));
}
