using System.Collections.Immutable;

namespace Gateway.Core.Applications;

/// <summary>
/// A MetadataInfo of Dubbo Java: what the instances of one revision of an application provide. <paramref name="Bytes"/> is the document as it
/// was put, and as it is given back.
/// </summary>
public sealed record ApplicationMetadata(string Revision, ReadOnlyMemory<byte> Bytes, ImmutableArray<ProvidedService> Services);
