using System.Xml;
using Gateway.Api.Facades.Eureka;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>Keys of metadata as names of XML elements, as XStream has them.</summary>
public sealed class EurekaXmlNamesTests
{
    [Theory]
    [InlineData("zone", "zone")]
    [InlineData("management.port", "management.port")]
    [InlineData("a_b", "a__b")]
    [InlineData("a$b", "a_-b")]
    [InlineData("1st", "_.0031st")]
    [InlineData("a b", "a_.0020b")]
    [InlineData("a:b", "a_.003ab")]
    [InlineData("-a", "_.002da")]
    [InlineData("ключ", "ключ")]
    [InlineData("a\u0001", "a_.0001")]
    public void EveryKeyIsANameAndComesBack(string key, string name)
    {
        EurekaXmlNames.Encode(key).ShouldBe(name);
        XmlConvert.VerifyNCName(name).ShouldBe(name);
        EurekaXmlNames.Decode(name).ShouldBe(key);
    }

    [Theory]
    [InlineData("a_b")]
    [InlineData("_")]
    [InlineData("a_.00")]
    [InlineData("a_.zzzz")]
    public void ANameThatNoCoderWroteIsItself(string name) => EurekaXmlNames.Decode(name).ShouldBe(name);

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("😀", "😀")]
    [InlineData("a\u0001b\u0002", "a\uFFFDb\uFFFD")]
    [InlineData("\uFFFF😀", "\uFFFD😀")]
    public void WhatXmlHasNoFormForIsReplaced(string text, string clean) => EurekaXmlNames.Clean(text).ShouldBe(clean);

    [Fact]
    public void HalfAPairIsReplaced() => EurekaXmlNames.Clean("a" + "😀"[..1]).ShouldBe("a\uFFFD");
}
