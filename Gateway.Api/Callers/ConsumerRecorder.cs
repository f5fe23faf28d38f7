using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gateway.Core.Consumers;
using Gateway.Core.Identity;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Callers;

/// <summary>
/// Notes lookups and streams that were let through, with what tells their callers apart; nothing is verified here. A lookup of a caller and service that were
/// noted before allocates nothing. Stateless.
/// </summary>
internal sealed class ConsumerRecorder(ConsumerNotes notes, ClientAddressReader addresses)
{
    /// <summary>For a service that there is; by the native protocol.</summary>
    public void LookedUp(HttpContext context, ServiceKey service) => LookedUp(context, service, null, isKnown: true);

    /// <param name="facade">The protocol; null: the native one.</param>
    /// <param name="isKnown">There is such a service.</param>
    public void LookedUp(HttpContext context, ServiceKey service, string? facade, bool isKnown)
    {
        if (!notes.IsOn)
            return;
        var key = KeyOf(context);
        if (notes.TryFind(key, out var caller) || (isKnown && (caller = notes.Add(key, CallerEvidenceReader.Read(context))) is not null))
            notes.LookedUp(caller, service, facade, isKnown);
    }

    /// <summary>For a protocol that has a place of its own for the token: what identifies its caller is given.</summary>
    public void LookedUp(in CallerEvidence evidence, ServiceKey service, string facade)
    {
        if (notes.IsOn && CallerOf(evidence) is { } caller)
            notes.LookedUp(caller, service, facade);
    }

    /// <summary>Counts a stream as open until it is disposed of; null: it is not counted.</summary>
    public IDisposable? Subscribed(in CallerEvidence evidence, StreamSelection selection)
    {
        if (!notes.IsOn || CallerOf(evidence) is not { } caller)
            return null;
        return notes.Subscribed(caller, selection.Namespace is { } ns ? [ConsumerKey.EverythingIn(ns)] : selection.Services, selection.Filter.Form.Facade);
    }

    private ConsumerCaller? CallerOf(in CallerEvidence evidence)
    {
        var key = KeyOf(evidence);
        return notes.TryFind(key, out var caller) ? caller : notes.Add(key, evidence);
    }

    private ConsumerCallerKey KeyOf(in CallerEvidence evidence)
    {
        var client = addresses.Read(evidence);
        return new ConsumerCallerKey(
            client.Address ?? evidence.RemoteAddress, evidence.Authorization.IsDefaultOrEmpty ? default : DigestOf(evidence.Authorization[0]), client.Refusal is not null);
    }

    private ConsumerCallerKey KeyOf(HttpContext context)
    {
        var (headers, address) = (context.Request.Headers, context.Connection.RemoteIpAddress);
        var isForwarded = headers.ContainsKey("X-Forwarded-For");
        if (isForwarded && addresses.IsProxy(address))
            return KeyOf(CallerEvidenceReader.Read(context));
        var authorization = headers.Authorization;

        // Envoy sets the last one with every request.
        var isProxied = isForwarded || headers.ContainsKey("Forwarded") || headers.ContainsKey("Via") || headers.ContainsKey("X-Real-IP") || headers.ContainsKey("X-Forwarded-Proto");
        return new ConsumerCallerKey(address, authorization.Count == 0 ? default : DigestOf(authorization[0]), isProxied);
    }

    /// <summary>Never 0, which is for callers without a token.</summary>
    private static UInt128 DigestOf(ReadOnlySpan<char> authorization)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(authorization), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash) | UInt128.One;
    }
}
