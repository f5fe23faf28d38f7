using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>A controller driven by a <see cref="ControlLoop"/>: the loop's one task makes every call, one at a time.</summary>
internal interface IControlled
{
    /// <summary>The kinds whose changes the controller receives.</summary>
    IReadOnlyList<ResourceKind> Kinds { get; }

    /// <summary>Clears all state; every object that exists is then recorded as added.</summary>
    void Reset();

    /// <summary>Records a change; the work that it causes is done by <see cref="WorkOnce"/>.</summary>
    void Record(ChangeType type, StoredObject current);

    /// <summary>Does one piece of work; false when there is none.</summary>
    bool WorkOnce();
}
