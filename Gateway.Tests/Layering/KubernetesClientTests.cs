using System.Reflection;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Layering;

/// <summary>The types of KubernetesClient end at the floors that talk to the API server.</summary>
public sealed partial class KubernetesClientTests
{
    private static readonly string[] Allowed = ["Gateway.Core.Kubernetes", "Gateway.Core.Identity", "Gateway.Core.Election", "Gateway.Core.SelfCheck"];

    [Fact]
    public void NoSourceAboveNamesATypeOfTheLibrary()
    {
        var sources = SourceTree.CSharpFiles("Gateway.Core").Concat(SourceTree.CSharpFiles("Gateway.Api")).ToList();
        sources.ShouldContain(static file => Name().IsMatch(File.ReadAllText(file)));
        sources.Where(static file => !IsAllowed(Path.GetDirectoryName(SourceTree.Relative(file))!.Replace('/', '.')))
            .Where(static file => Name().IsMatch(File.ReadAllText(file))).Select(SourceTree.Relative).ShouldBeEmpty();
    }

    [Fact]
    public void NoMemberAboveHasATypeOfTheLibrary()
    {
        // Finds also what a source need not name: a closure's field, an inferred argument.
        var members =
            from assembly in new[] { typeof(Gateway.Core.RegistryPipeline).Assembly, typeof(Gateway.Api.Hosting.GatewaySettings).Assembly }
            from type in assembly.GetTypes()
            where !IsAllowed(type.Namespace ?? "")
            from member in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            where TypesOf(member).Any(IsOfTheLibrary)
            select $"{type}.{member.Name}";
        members.ShouldBeEmpty();
    }

    [Fact]
    public void OnlyTheDoorMakesAClient()
    {
        // Another instance would send with the library's own channel, exceptions and time limits.
        SourceTree.CSharpFiles("Gateway.Core").Concat(SourceTree.CSharpFiles("Gateway.Api"))
            .Where(static file => MakesClient().IsMatch(File.ReadAllText(file))).Select(SourceTree.Relative)
            .ShouldBe(["Gateway.Core/Kubernetes/Client/ClusterClient.cs"]);
        typeof(Gateway.Core.RegistryPipeline).Assembly.GetTypes().Where(static type => typeof(k8s.Kubernetes).IsAssignableFrom(type)).ShouldHaveSingleItem()
            .Name.ShouldBe("ClusterClient");
    }

    [Fact]
    public void TheEmulatorDoesNotKnowTheLibrary()
    {
        File.ReadAllText(Path.Combine(SourceTree.Root, "Gateway.Emulator", "Gateway.Emulator.csproj")).ShouldNotContain("KubernetesClient");
        typeof(Gateway.Emulator.EmulatedCluster).Assembly.GetReferencedAssemblies().ShouldNotContain(static name => name.Name == "KubernetesClient");
    }

    [Theory]
    [InlineData("using k8s;", true)]
    [InlineData("using k8s.Models;", true)]
    [InlineData("    k8s.Models.V1Pod pod;", true)]
    [InlineData("    private V1Lease? _seen;", true)]
    [InlineData("    span.SetTag(\"k8s.verb\", verb);", false)]
    [InlineData("    Image = \"rancher/k3s:v1.33.4-k3s1\",", false)]
    public void WhatNamesATypeOfTheLibraryIsFound(string line, bool found) => Name().IsMatch(line).ShouldBe(found);

    private static bool IsAllowed(string ns) => Allowed.Any(allowed => ns == allowed || ns.StartsWith(allowed + ".", StringComparison.Ordinal));

    private static bool IsOfTheLibrary(Type type) =>
        type.Assembly == typeof(k8s.Kubernetes).Assembly || type.GetGenericArguments().Any(IsOfTheLibrary) || (type.GetElementType() is { } element && IsOfTheLibrary(element));

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType],
        MethodBase method =>
        [
            .. method.GetParameters().Select(static parameter => parameter.ParameterType),
            .. method is MethodInfo { ReturnType: var type } ? (Type[])[type] : [],
            .. method.GetMethodBody()?.LocalVariables.Select(static local => local.LocalType) ?? [],
        ],
        _ => [],
    };

    [GeneratedRegex(@"^\s*(?:global )?using (?:\w+ = )?(?:static )?k8s\b|(?<![\w."":/])k8s\.\w|\bV1[A-Z]\w+|\bEventsv1Event\b", RegexOptions.Multiline)]
    private static partial Regex Name();

    [GeneratedRegex(@"\bnew (?:k8s\.)?Kubernetes\(|: k8s\.Kubernetes\b|\bnew KubernetesClientConfiguration\(")]
    private static partial Regex MakesClient();
}
