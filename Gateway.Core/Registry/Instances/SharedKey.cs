using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Registry.Instances;

/// <summary>
/// A key of registrations that the instances of a service share: they differ in their pod alone. Immutable. Those that were made lately are kept by their hash,
/// the newest of each, in a table that any thread writes: one that is lost there is made once more.
/// </summary>
internal sealed record SharedKey(RegistrationKey Value)
{
    // A power of two. The instances of a service are made one after the other, so a few hundred are enough; more would keep names that are gone.
    private const int Kept = 256;

    private static readonly SharedKey?[] s_known = new SharedKey?[Kept];

    public static SharedKey Of(in RegistrationKey key)
    {
        ref var known = ref s_known[(string.GetHashCode(key.Service) ^ (string.GetHashCode(key.Namespace) * 31) ^ key.Port) & (Kept - 1)];
        if (Volatile.Read(ref known) is { } one && one.Value == key)
            return one;
        var made = new SharedKey(key);
        Volatile.Write(ref known, made);
        return made;
    }
}
