namespace Gateway.Core.Registry;

/// <summary>
/// The time of each registration's last POST, including a POST that wrote nothing and is in no annotation (contract, section 1: status
/// DOWN). Written by the write side after a successful POST; read by the projector, which forgets ids of removed registrations.
/// </summary>
public interface IPostLog
{
    void Note(string id, DateTimeOffset at);

    DateTimeOffset? LastPost(string id);

    void Forget(string id);

    /// <summary>Raised with the id after each <see cref="Note"/>, on its thread; handlers must only signal.</summary>
    event Action<string>? Noted;
}
