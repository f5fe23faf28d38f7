using Gateway.Core.Registry.Projecting;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>The applications of a service are counted, so that a record among thousands costs as much as one alone.</summary>
public sealed class CountedNamesTests
{
    private readonly CountedNames _names = new();

    [Fact]
    public void ANameStaysUntilTheLastRecordThatSaysItIsGone()
    {
        _names.Add("shop");
        _names.Add("bank");
        _names.Add("shop");
        _names.Remove("shop");
        _names.Names.ShouldBe(["bank", "shop"]);
        _names.Remove("shop");
        _names.Names.ShouldBe(["bank"]);
        _names.Remove("bank");
        _names.Names.ShouldBeEmpty();
    }

    [Fact]
    public void AnotherRecordWithTheSameNameMakesNoOtherSet()
    {
        _names.Add("shop");
        var names = _names.Names;
        _names.Add("shop");
        _names.Remove("shop");
        _names.Names.ShouldBeSameAs(names);
    }

    [Fact]
    public void WhatWasNeverSaidIsNotRemoved()
    {
        _names.Remove("shop");
        _names.Add("shop");
        _names.Names.ShouldBe(["shop"]);
    }
}
