using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Core.Results;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api.Errors;

/// <summary>Writes a refusal as a problem document (RFC 9457) with <c>code</c> and every fault in <c>errors</c>.</summary>
public static class ProblemJson
{
    public const string MediaType = "application/problem+json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IBufferWriter<byte> output, Refusal refusal)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        var status = ProblemStatus.StatusOf(refusal.Code);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "about:blank"u8);
        writer.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
        writer.WriteNumber("status"u8, status);
        writer.WriteString("code"u8, refusal.Code);
        var told = Math.Min(refusal.Faults.Length, Refusal.MaxFaults);
        writer.WriteString("detail"u8, told == refusal.Faults.Length ? refusal.Detail : $"{refusal.Detail} 'errors' names the first {told} of {refusal.Faults.Length} faults.");
        if (told > 0)
            WriteFaults(writer, refusal.Faults.AsSpan()[..told]);
        writer.WriteEndObject();
    }

    private static void WriteFaults(Utf8JsonWriter writer, ReadOnlySpan<Fault> faults)
    {
        writer.WriteStartArray("errors"u8);
        foreach (var fault in faults)
        {
            writer.WriteStartObject();
            if (fault.Pointer is not null)
                writer.WriteString("pointer"u8, fault.Pointer);
            if (fault.Parameter is not null)
                writer.WriteString("parameter"u8, fault.Parameter);
            writer.WriteString("code"u8, fault.Code);
            writer.WriteString("detail"u8, fault.Detail);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
