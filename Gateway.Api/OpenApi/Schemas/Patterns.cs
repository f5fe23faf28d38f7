namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Which texts are names (<c>RegistrationRules</c>, <c>ObjectNames</c>), as regular expressions that every reader of JSON Schema knows.</summary>
internal static class Patterns
{
    public const string Id = "^[0-9a-f]{32}$";
    public const string Namespace = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
    public const string PodName = @"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$";
    public const string ServiceName = @"^(?!\.{1,2}$)[A-Za-z0-9._:$-]{1,253}$";
    public const string Qualifier = @"^(?!\.{1,2}$)[A-Za-z0-9._:$-]{0,128}$";
    public const string PortName = "^[A-Za-z0-9._:$-]{1,63}$";
    public const string Protocol = "^[A-Za-z0-9._+/-]{1,63}$";
    public const string Container = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
}
