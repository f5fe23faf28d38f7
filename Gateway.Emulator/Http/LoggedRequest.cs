namespace Gateway.Emulator.Http;

/// <summary>A request and how it was answered; <paramref name="Status"/> is 0 while there is no answer, and stays so when the connection was broken off before one.</summary>
public sealed record LoggedRequest(long Number, ObservedRequest Request, int Status)
{
    public string Method => Request.Method;
    public string Path => Request.Path;
    public string Query => Request.Query;
    public string UserAgent => Request.UserAgent;
}
