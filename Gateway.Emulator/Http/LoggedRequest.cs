namespace Gateway.Emulator.Http;

/// <summary>
/// A request and the status of its answer; <paramref name="Status"/> is 0 until the answer begins, and stays 0 if the connection is aborted
/// before.
/// </summary>
public sealed record LoggedRequest(long Number, ObservedRequest Request, int Status)
{
    public string Method => Request.Method;
    public string Path => Request.Path;
    public string Query => Request.Query;
    public string UserAgent => Request.UserAgent;
}
