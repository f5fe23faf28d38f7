using System.Text.Json;
using Gateway.Api.Requests;
using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// What other Eureka servers send to their peers. This registry is no peer: pods register themselves. Each entry of a batch is refused in
/// the batch's own form, so that a server that was pointed here says so in its log, and does not believe that it has a replica.
/// </summary>
internal sealed class EurekaReplication(FacadeGate gate)
{
    private const string List = "replicationList";

    // Four times what Eureka's servers send at once: each entry is answered.
    private const int MaxEntries = 1_000;

    public async Task BatchAsync(HttpContext context)
    {
        var entered = await gate.EnterReadAsync(context, EurekaToken.Of(context.Request), null);
        if (entered.IsRefused(out var refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        // The body of a stranger is not read.
        if (entered.Value.Caller is AnonymousCaller)
        {
            await EurekaAnswer.RefuseAsync(context, new Refusal(RefusalCodes.Forbidden, "This registry is no peer of Eureka's servers: pods register themselves."));
            return;
        }

        var (bytes, tooLarge) = await BodyReader.ReadAsync(context.Request, context.RequestAborted);
        var counted = tooLarge is not null ? tooLarge : Count(bytes);
        if (counted.IsRefused(out refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("responseList"u8);
            for (var i = 0; i < counted.Value; i++)
            {
                writer.WriteStartObject();
                writer.WriteNumber("statusCode"u8, StatusCodes.Status403Forbidden);
                writer.WriteNull("responseEntity"u8);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        context.Response.ContentType = EurekaJson.Shared.MediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body.ToArray(), context.RequestAborted);
    }

    private static Result<int> Count(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(List, out var list) && list.ValueKind == JsonValueKind.Array
                ? list.GetArrayLength() is var length and <= MaxEntries ? length
                    : new Refusal(RefusalCodes.BodyTooLarge, $"The batch has more than {MaxEntries} entries.")
                : new Refusal(RefusalCodes.MalformedJson, $"The body has no array '{List}'.");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return new Refusal(RefusalCodes.MalformedJson, $"The body is no well-formed JSON: {FaultText.Shortened(unreadable.Message)}");
        }
    }
}
