using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// State that the decoders of one answer share. Only the reader of that answer uses it: its scratch lists are reused from object to object.
/// </summary>
internal sealed class DecodeContext(StringPool pool, Func<string, bool>? keepAnnotation)
{
    private readonly Func<ReadOnlySpan<byte>, string> _stemOf = pool.Get;
    private PodShape _shape = PodShape.Default;

    public StringPool Pool { get; } = pool;

    /// <summary>The name of a pod, which shares its stem through the pool; null: it cannot be parted.</summary>
    public NameParts? Split(ReadOnlySpan<byte> name) => NameParts.Split(name, _stemOf);

    /// <summary>The same of a text.</summary>
    public NameParts NameOf(string text) => Split(Encoding.UTF8.GetBytes(text)) ?? new(text, 0);

    /// <summary>Which annotations of a pod are kept; null keeps all.</summary>
    public Func<string, bool>? KeepAnnotation { get; } = keepAnnotation;

    public List<KeyValuePair<string, string>> Entries { get; } = [];
    public List<KeyValuePair<string, string>> Annotations { get; } = [];
    public List<string> Texts { get; } = [];
    public List<string> Sidecars { get; } = [];
    public List<ContainerStatus> Statuses { get; } = [];
    public List<ContainerStatus> SidecarStatuses { get; } = [];

    /// <summary>One shape for all pods of a deployment, which mostly follow each other.</summary>
    public PodShape Share(string account, ImmutableArray<string> containers)
    {
        if (_shape.Account != account || !_shape.Containers.AsSpan().SequenceEqual(containers.AsSpan()))
            _shape = new(account, containers);
        return _shape;
    }

    /// <summary>Before a pod: its lists are filled by several members.</summary>
    public void ClearPod()
    {
        Sidecars.Clear();
        Statuses.Clear();
        SidecarStatuses.Clear();
    }
}

/// <summary>
/// Decodes one object: the reader is at its opening brace before and at its closing brace after. Members that are not used are skipped.
/// Throws <see cref="JsonException"/> when a member has an unexpected shape, or the object names another kind.
/// </summary>
internal delegate T ObjectDecoder<out T>(ref Utf8JsonReader reader, DecodeContext context);
