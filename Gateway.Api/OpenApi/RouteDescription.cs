using System.Text.Json.Nodes;
using Gateway.Api.Errors;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Api.Requests;
using Gateway.Api.Streaming;
using Microsoft.AspNetCore.Http.Metadata;

namespace Gateway.Api.OpenApi;

/// <summary>
/// What a route says about itself for the OpenAPI document. Handlers take the bare request and write their answers by hand, so the described
/// types are documentation alone; a test compares them with what the gateway answers. Nothing here changes how a request is served: metadata
/// that does (<see cref="IAcceptsMetadata"/> refuses other media types before the handler runs) is not used.
/// </summary>
internal static class RouteDescription
{
    // Without a method an endpoint is not described at all. A neutral one: the comments of a handler are for its readers.
    private static readonly object Method = typeof(RequestDelegate).GetMethod(nameof(RequestDelegate.Invoke))!;

    /// <param name="route">The route.</param>
    /// <param name="operation">The id, which names the method of a generated client.</param>
    /// <param name="summary">One sentence.</param>
    public static IEndpointConventionBuilder Describe(this IEndpointConventionBuilder route, string operation, string summary) =>
        route.WithMetadata(Method).WithName(operation).WithSummary(summary);

    /// <summary>The properties of a type are parameters: of the path if it names them, of a header if they say so, else of the query.</summary>
    public static IEndpointConventionBuilder Reads<T>(this IEndpointConventionBuilder route) =>
        route.WithMetadata(new DescribedParameters(typeof(T)));

    /// <param name="route">The route.</param>
    /// <param name="example">JSON that works against the demo cluster.</param>
    /// <param name="mediaTypes">JSON if none is given.</param>
    public static IEndpointConventionBuilder Takes<T>(this IEndpointConventionBuilder route, string example, params string[] mediaTypes) =>
        route.WithMetadata(new DescribedBody(typeof(T), JsonNode.Parse(example)!, mediaTypes is [] ? [MediaTypes.Json] : mediaTypes));

    public static IEndpointConventionBuilder Answers<T>(
        this IEndpointConventionBuilder route, string description, int status = StatusCodes.Status200OK) =>
        route.Answers(status, typeof(T), MediaTypes.Json, description);

    public static IEndpointConventionBuilder AnswersNothing(
        this IEndpointConventionBuilder route, string description, int status = StatusCodes.Status204NoContent) =>
        route.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(void)) { Description = description });

    /// <summary>Server-Sent Events (contract, section 3): the first state, then instances.</summary>
    public static IEndpointConventionBuilder Streams<TSnapshot, TInstance>(this IEndpointConventionBuilder route) => route
        .Answers(StatusCodes.Status200OK, typeof(string), EventStream.MediaType, "Events until the timeout, or until this replica goes away.")
        .WithMetadata(new DescribedEvents(typeof(TSnapshot), typeof(TInstance)));

    /// <summary>The codes of the problems, beside those that every call may meet.</summary>
    public static IEndpointConventionBuilder Refuses(this IEndpointConventionBuilder route, params IEnumerable<string> codes)
    {
        foreach (var problem in codes.Concat(ProblemSets.Always).Distinct().GroupBy(ProblemStatus.StatusOf))
        {
            var names = string.Join(", ", problem.Select(static code => $"`{code}`"));
            route.Answers(problem.Key, typeof(ProblemDetails), ProblemJson.MediaType, names);
        }

        return route;
    }

    private static IEndpointConventionBuilder Answers(
        this IEndpointConventionBuilder route, int status, Type type, string mediaType, string description) =>
        route.WithMetadata(new ProducesResponseTypeMetadata(status, type, [mediaType]) { Description = description });
}

/// <summary>Parameters of an operation: the properties of <paramref name="Type"/>.</summary>
internal sealed record DescribedParameters(Type Type);

/// <summary>The body that an operation takes.</summary>
internal sealed record DescribedBody(Type Type, JsonNode Example, IReadOnlyList<string> MediaTypes);

/// <summary>What the events of a stream hold.</summary>
internal sealed record DescribedEvents(Type Snapshot, Type Instance);
