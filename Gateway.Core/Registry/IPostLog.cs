namespace Gateway.Core.Registry;

/// <summary>
/// When each registration was last POSTed, also by a POST that wrote nothing, which no annotation tells (contract, section 1: status DOWN).
/// Written by the write side after a successful POST; read by the projector, which forgets ids that are gone.
/// </summary>
public interface IPostLog
{
    void Note(string id, DateTimeOffset at);

    DateTimeOffset? LastPost(string id);

    void Forget(string id);

    /// <summary>Raised with the id after each note, on the noting thread; handlers only signal.</summary>
    event Action<string>? Noted;
}
