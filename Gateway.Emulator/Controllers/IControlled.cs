using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>What a <see cref="ControlLoop"/> drives. All of it is called by the loop's one task, never twice at a time.</summary>
internal interface IControlled
{
    /// <summary>The kinds whose changes matter.</summary>
    IReadOnlyList<ResourceKind> Kinds { get; }

    /// <summary>Forget everything: the objects that exist follow as additions.</summary>
    void Reset();

    /// <summary>Take note of a change; what is to be done about it waits for <see cref="WorkOnce"/>.</summary>
    void Note(ChangeType type, StoredObject current);

    /// <summary>Do one piece of work; false when there is none.</summary>
    bool WorkOnce();
}
