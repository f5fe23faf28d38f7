using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;

namespace Gateway.Tests.Annotations;

/// <summary>Registrations made from a seed: every member in every state, values full of what encodings trip over.</summary>
internal sealed class GeneratedRegistrations(int seed)
{
    private static readonly string[] _letters =
        [",", "&", " ", "+", "%", "=", "#", "?", "/", "\\", "\"", "<", ">", "'", "é", "漢", "😀", "%2C", "a", "B", "7", "\t", ";", ":", "|", "~", "*"];

    private static readonly string[] _names = ["region", "note", "service.filter", "zone", "a b", "x&y=z", "größe", "methods", "application", "release", "+"];

    private readonly Random _random = new(seed);

    public RegistrationRecord Next()
    {
        var key = new RegistrationKey(
            AnnotatedPod.Namespace, Name("com.example.Svc$_:-"), Maybe() ? Name("g.1-") : "", Maybe() ? Name("1.0:x") : "",
            Pick("http", "dubbo", "tri", "grpc"), _random.Next(1, 65_536));
        var registeredAt = DateTimeOffset.UnixEpoch.AddTicks(_random.NextInt64(1, DateTimeOffset.UtcNow.AddYears(50).UtcTicks - DateTimeOffset.UnixEpoch.Ticks));
        return new()
        {
            Id = key.IdFor(AnnotatedPod.Uid),
            Key = key,
            Source = InstanceSource.Gateway,
            Ports = [.. Enumerable.Range(0, _random.Next(3)).Select(_ => new NamedPort(Name("admin-"), _random.Next(1, 65_536), Pick("http", "tcp", key.Protocol)))],
            Metadata = Metadata(),
            Weight = Maybe() ? 100 : _random.Next(0, 10_001),
            Ttl = Maybe() ? null : _random.Next(1, 3600),
            Container = Maybe() ? null : "app",
            RestartCount = Maybe() ? 0 : _random.Next(100),
            RegisteredAt = registeredAt,
            PostedAt = Maybe() ? registeredAt : registeredAt.AddSeconds(_random.Next(1, 1000)),
            Mirrors = [.. MirrorNames.All.Take(_random.Next(3))],
        };
    }

    public RegistrationRecord NextOfAnyState() => Next() with { OutOfService = (OutOfService)_random.Next(3) };

    private ImmutableSortedDictionary<string, string> Metadata()
    {
        var metadata = RegistrationRecord.NoMetadata.ToBuilder();
        for (var i = _random.Next(6); i > 0; i--)
            metadata[Pick(_names)] = string.Concat(Enumerable.Range(0, _random.Next(1, 12)).Select(_ => Pick(_letters)));
        return metadata.ToImmutable();
    }

    private string Name(string letters) => letters[0] + string.Concat(Enumerable.Range(0, _random.Next(12)).Select(_ => letters[_random.Next(letters.Length)]));

    private string Pick(params string[] from) => from[_random.Next(from.Length)];

    private bool Maybe() => _random.Next(2) == 0;
}
