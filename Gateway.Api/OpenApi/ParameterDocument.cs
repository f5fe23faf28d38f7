namespace Gateway.Api.OpenApi;

/// <summary>A parameter of an operation. Null as example: left empty by "Try it out". A path parameter stands in the template.</summary>
internal sealed record ParameterDocument(string Name, string Meaning, string? Example = null, string In = "query", bool IsRepeatable = false);
