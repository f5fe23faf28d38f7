using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Api.Errors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Explain;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Results;
using Gateway.Core.SelfCheck;
using Gateway.Tests.EndToEnd;
using Microsoft.OpenApi;

namespace Gateway.Tests.OpenApi;

/// <summary>The document says everything with types: valid, named, described to the last member, with the words that the code uses.</summary>
public sealed partial class DescribedTypesTests(DescribedGateway gateway) : IClassFixture<DescribedGateway>
{
    private readonly DescribedApi _api = gateway.Api;

    [Fact]
    public void TheDocumentIsValidOpenApi()
    {
        var read = OpenApiDocument.Parse(_api.Json.ToJsonString(), "json").Diagnostic.ShouldNotBeNull();
        read.SpecificationVersion.ShouldBe(OpenApiSpecVersion.OpenApi3_1);
        read.Errors.ShouldBeEmpty();
        read.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void OperationsAreNamedAsMethodsAndRegistrationsComeFirst()
    {
        var ids = _api.Operations.Select(static one => one.Id).ToList();
        ids.ShouldBeUnique();
        ids.ShouldAllBe(static id => MethodName().IsMatch(id));
        ids.ShouldContain("register");
        ids.ShouldContain("lookUp");
        ids.ShouldContain("pick");
        _api.Json["tags"]!.AsArray().Select(static tag => (string)tag!["name"]!).ShouldBe(["Registrations", "Services", "Streams", "Dubbo", "Operations"]);
        _api.Json["tags"]!.AsArray().ShouldAllBe(static tag => !string.IsNullOrEmpty((string?)tag!["description"]));
        _api.Json["components"]!["securitySchemes"]!["bearer"]!["scheme"]!.ToString().ShouldBe("bearer");
    }

    [Fact]
    public void EveryBodyAndAnswerIsOfANamedType()
    {
        foreach (var operation in _api.Operations)
        {
            var contents = operation.Json["responses"]!.AsObject().Select(static answer => answer.Value!["content"]).Append(operation.Json["requestBody"]?["content"]);
            foreach (var (mediaType, content) in contents.SelectMany(static content => content?.AsObject().ToList() ?? []))
            {
                if (mediaType == "text/event-stream")
                    content!["x-server-sent-events"]!.AsObject().Select(static one => (string?)one.Value!["$ref"]).ShouldAllBe(reference => IsNamed(reference));
                else
                    IsNamed(content!["schema"]!).ShouldBeTrue($"{operation.Id} {mediaType} {content.ToJsonString()}");
            }

            operation.Json["requestBody"]?["content"]!.AsObject().ShouldAllBe(static content => content.Value!["example"] != null, operation.Id);
            (operation.Json["parameters"]?.AsArray() ?? []).ShouldAllBe(static one => !string.IsNullOrEmpty((string?)one!["description"]), operation.Id);
        }
    }

    [Fact]
    public void EveryTypeIsDescribedToItsLastMember()
    {
        foreach (var (name, schema) in _api.Json["components"]!["schemas"]!.AsObject())
        {
            ((string?)schema!["description"]).ShouldNotBeNullOrEmpty(name);
            if (schema["enum"] is not null)
            {
                ((string?)schema["type"]).ShouldBe("string", name);
                continue;
            }

            schema["properties"].ShouldNotBeNull(name);
            foreach (var (member, property) in schema["properties"]!.AsObject())
            {
                var inner = property!["oneOf"]?[1] ?? property;
                ((string?)inner["description"]).ShouldNotBeNullOrEmpty($"{name}.{member}");
                var isOfType = inner["$ref"] is not null || property["items"]?["$ref"] is not null || property["additionalProperties"]?["$ref"] is not null;
                (isOfType || property["examples"] is not null).ShouldBeTrue($"{name}.{member} has neither a type of its own nor an example");
            }
        }
    }

    [Fact]
    public void EnumsNameWhatTheCodeNames()
    {
        EnumOf("InstanceStatus").ShouldBe(InstanceStatusNames.All);
        EnumOf("StatusFilter").ShouldBe([.. InstanceStatusNames.All, "any"]);
        EnumOf("RegistrationStatus").ShouldBe([.. InstanceStatusNames.All, "UNREADABLE"]);
        EnumOf("StatusReason").ShouldBe([.. ConstantsOf(typeof(InstanceStatusRules)), .. ClientReasons.All], ignoreOrder: true);
        EnumOf("InstanceSource").ShouldBe(InstanceSourceNames.All);
        EnumOf("PickPolicy").ShouldBe(PickPolicyNames.All);
        EnumOf("MirrorFormat").ShouldBe(MirrorNames.All);
        EnumOf("ExplainVerdict").ShouldBe(ConstantsOf(typeof(Verdicts)), ignoreOrder: true);
        EnumOf("ExplainCheckName").ShouldBe(CheckNames.All);
        EnumOf("ChangeCause").ShouldBe(ChangeCauses.All);
        EnumOf("ProblemCode").ShouldBe(ProblemStatus.Codes, ignoreOrder: true);
        // A fault has a code of its own, or that of the problem.
        ConstantsOf(typeof(FaultCodes)).Except(EnumOf("FaultCode")).ShouldBeEmpty();
        EnumOf("FaultCode").Except(ConstantsOf(typeof(FaultCodes))).Except(ProblemStatus.Codes).ShouldBeEmpty();
        EnumOf("SelfCheckState").ShouldBe(ConstantsOf(typeof(SelfCheckStates)), ignoreOrder: true);
    }

    [Fact]
    public async Task ParametersAreThoseThatAreTaken()
    {
        foreach (var operation in _api.Operations)
        {
            using var request = new HttpRequestMessage(new HttpMethod(operation.Method), operation.ExamplePath() + "?no-such-parameter=1");
            using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            var fault = problem["errors"]!.AsArray().Single(static one => (string?)one!["code"] == "unknown-parameter")!;
            // "Unknown parameter 'no-such-parameter'; known: group, version."; without "known" the call takes none.
            var taken = ((string)fault["detail"]!).Split("known: ") is [_, var known] ? known.TrimEnd('.').Split(", ", StringSplitOptions.RemoveEmptyEntries) : [];
            operation.QueryParameters.ShouldBe(taken, ignoreOrder: true, operation.Id);
        }
    }

    [GeneratedRegex("^[a-z][A-Za-z]+$")]
    private static partial Regex MethodName();

    private IEnumerable<string> EnumOf(string name) => _api.Schema(name)["enum"]!.AsArray().Select(static one => (string)one!);

    private static IEnumerable<string> ConstantsOf(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(static field => field.IsLiteral).Select(static field => (string)field.GetRawConstantValue()!);

    /// <summary>A reference, a list of them, or alternatives of these.</summary>
    private bool IsNamed(JsonNode schema) =>
        schema["oneOf"] is JsonArray alternatives ? alternatives.All(one => IsNamed(one!)) : IsNamed((string?)schema["$ref"]) || schema["items"] is { } items && IsNamed(items);

    private bool IsNamed(string? reference) => reference is not null && _api.Json["components"]!["schemas"]![reference.Split('/')[^1]] is not null;
}
