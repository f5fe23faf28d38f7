using System.Text;

namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Reads the body of a list: each item of <c>items</c> and each other member, one at a time, in the order in which the server wrote them.
/// </summary>
internal sealed class ListMemberReader(JsonByteStream stream) : IListReader
{
    private State _state = State.Start;
    private bool _first = true;

    private enum State
    {
        Start,
        Members,
        Items,
        End,
    }

    public bool IsItem { get; private set; }

    public bool IsMetadata => Name == "metadata";

    /// <summary>The name of the current member; "" for an item.</summary>
    public string Name { get; private set; } = "";

    public ReadOnlyMemory<byte> Value { get; private set; }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_state == State.Start)
        {
            await ExpectAsync((byte)'{', cancellationToken);
            _state = State.Members;
        }

        while (_state != State.End)
        {
            var next = await NextAsync(cancellationToken);
            if (_state == State.Items)
            {
                if (next == ']')
                {
                    stream.Skip();
                    (_state, _first) = (State.Members, false);
                    continue;
                }

                (IsItem, Name, Value) = (true, "", await stream.ReadValueAsync(cancellationToken));
                return true;
            }

            if (next == '}')
            {
                stream.Skip();
                _state = State.End;
                break;
            }

            if (await ReadMemberAsync(cancellationToken))
                return true;
        }

        return false;
    }

    public void Dispose() => stream.Dispose();

    private async ValueTask<bool> ReadMemberAsync(CancellationToken cancellationToken)
    {
        var name = await stream.ReadValueAsync(cancellationToken);
        if (name.Span is not [(byte)'"', .., (byte)'"'])
            throw new UnreadableFrameException("The list is not a JSON object.");
        Name = Encoding.UTF8.GetString(name.Span[1..^1]);
        await ExpectAsync((byte)':', cancellationToken);
        if (Name == "items" && await stream.PeekAsync(cancellationToken) == '[')
        {
            stream.Skip();
            (_state, _first) = (State.Items, true);
            return false;
        }

        (IsItem, Value) = (false, await stream.ReadValueAsync(cancellationToken));
        return true;
    }

    // The next byte within an object or array: two values are separated by exactly one comma.
    private async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        var next = await PeekOrFailAsync(cancellationToken);
        if (_first || next is ']' or '}')
        {
            _first = false;
            return next;
        }

        await ExpectAsync((byte)',', cancellationToken);
        return await PeekOrFailAsync(cancellationToken);
    }

    private async ValueTask ExpectAsync(byte expected, CancellationToken cancellationToken)
    {
        if (await PeekOrFailAsync(cancellationToken) != expected)
            throw new UnreadableFrameException("The list is not valid JSON.");
        stream.Skip();
    }

    private async ValueTask<int> PeekOrFailAsync(CancellationToken cancellationToken)
    {
        var next = await stream.PeekAsync(cancellationToken);
        return next >= 0 ? next : throw new EndOfStreamException("The answer ended inside the list.");
    }
}
