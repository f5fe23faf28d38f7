using Gateway.Core.Kubernetes.Client;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>The URL of an object names that object and nothing else, whatever text it is made of.</summary>
public sealed class ResourcePathTests
{
    private const string Server = "https://kubernetes.default.svc/";

    private static readonly string[] Pieces =
        ["", "a", "shop", "Shop", "orders-1", "-", ".", "..", "/", "\\", "%", "%2e", "%2F", "%00", "?", "#", "&", ":", "@", ";", " ", "\t", "\r\n", "\0", "é", "\ud800", "．", "／", "//", "0", "9"];

    [Theory]
    [InlineData("", "")]
    [InlineData("", "orders-1")]
    [InlineData(".", "orders-1")]
    [InlineData("..", "")]
    [InlineData("a.b", "orders-1")]
    [InlineData("Shop", "orders-1")]
    [InlineData("-a", "orders-1")]
    [InlineData("a-", "orders-1")]
    [InlineData("a/b", "orders-1")]
    [InlineData("shop", "")]
    [InlineData("shop", ".")]
    [InlineData("shop", "..")]
    [InlineData("shop", "b/c")]
    [InlineData("shop", "b%2fc")]
    [InlineData("shop", "b?c")]
    [InlineData("shop", "b#c")]
    [InlineData("shop", "b\\c")]
    [InlineData("shop", "b..c")]
    [InlineData("shop", ".b")]
    [InlineData("shop", "b.")]
    [InlineData("shop", "b ")]
    [InlineData("shop", "b\n")]
    [InlineData("shop", "É")]
    public void WhatIsNoNameMakesNoPath(string ns, string name) =>
        Should.Throw<ArgumentException>(() => ResourceTypes.Pods.Path(ns, name));

    [Fact]
    public void NamesAreAsLongAsKubernetesHasThemAndNoLonger()
    {
        ResourceTypes.Pods.Path(new string('a', 63), new string('b', 253)).ShouldBe($"api/v1/namespaces/{new string('a', 63)}/pods/{new string('b', 253)}");
        Should.Throw<ArgumentException>(() => ResourceTypes.Pods.Path(new string('a', 64), "b"));
        Should.Throw<ArgumentException>(() => ResourceTypes.Pods.Path("a", new string('b', 254)));
    }

    [Fact]
    public void ANamespaceIsForKindsThatLiveInOne()
    {
        ResourceTypes.Pods.Path("").ShouldBe("api/v1/pods");
        ResourceTypes.EndpointSlices.Path("registry", "orders.v1").ShouldBe("apis/discovery.k8s.io/v1/namespaces/registry/endpointslices/orders.v1");
        ResourceTypes.Nodes.Path("", "ip-10-0-0-1.ec2.internal").ShouldBe("api/v1/nodes/ip-10-0-0-1.ec2.internal");
        ResourceTypes.Namespaces.Path("", "shop").ShouldBe("api/v1/namespaces/shop");
        Should.Throw<ArgumentException>(() => ResourceTypes.Nodes.Path("shop"));
        Should.Throw<ArgumentException>(() => ResourceTypes.Nodes.Path("shop", "node-1"));
        Should.Throw<ArgumentException>(() => ResourceTypes.Namespaces.Path("", "a.b"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void NoPathLeavesItsCollection(int seed)
    {
        var random = new Random(seed);
        var made = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var (ns, name) = (Text(random), Text(random));
            made += Stays(ResourceTypes.Pods, ns, name, "/api/v1/namespaces/{0}/pods", "/api/v1/pods")
                + Stays(ResourceTypes.EndpointSlices, ns, name, "/apis/discovery.k8s.io/v1/namespaces/{0}/endpointslices", "/apis/discovery.k8s.io/v1/endpointslices")
                + Stays(ResourceTypes.Nodes, random.Next(2) == 0 ? "" : ns, name, null, "/api/v1/nodes");
        }

        made.ShouldBeGreaterThan(1_000, "many of the texts are names");
    }

    /// <summary>1: the texts are names, and the paths are what they should be.</summary>
    private static int Stays<T>(ResourceType<T> type, string ns, string name, string? within, string ofAll)
        where T : class, Gateway.Core.Kubernetes.Models.IKubernetesObject
    {
        var collection = ns.Length == 0 ? ofAll : within is null ? "none" : string.Format(System.Globalization.CultureInfo.InvariantCulture, within, ns);
        if (Made(() => type.Path(ns)) is { } list)
            Resolved(list).ShouldBe(collection, $"'{ns}'");
        if (Made(() => type.Path(ns, name)) is not { } one)
            return 0;
        Resolved(one).ShouldBe($"{collection}/{name}", $"'{ns}', '{name}'");
        name.ShouldMatch("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\\z");
        return 1;
    }

    private static string? Made(Func<string> path)
    {
        try
        {
            return path();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>As HttpClient makes it: dot segments are folded, a query is cut off.</summary>
    private static string Resolved(string path)
    {
        var url = new Uri(new Uri(Server), path);
        url.GetLeftPart(UriPartial.Authority).ShouldBe(Server[..^1]);
        (url.Query, url.Fragment).ShouldBe(("", ""));
        return url.AbsolutePath;
    }

    private static string Text(Random random) =>
        random.Next(3) == 0
            ? new string([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => "abz019-."[random.Next(8)])])
            : string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Pieces[random.Next(Pieces.Length)]));
}
