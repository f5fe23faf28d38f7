using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry;

public sealed class LookupFilterTests
{
    private static readonly Instance Plain = new() { Id = "1", Key = new RegistrationKey("shop", "orders", "", "", "http", 80), Zone = "a" };

    [Fact]
    public void OnlyUpUnlessAskedOtherwise()
    {
        foreach (var status in Enum.GetValues<InstanceStatus>())
        {
            LookupFilter.Default.Matches(Plain with { Status = status }).ShouldBe(status == InstanceStatus.Up);
            LookupFilter.Any.Matches(Plain with { Status = status }).ShouldBeTrue();
            new LookupFilter { Statuses = InstanceStatuses.Down | InstanceStatuses.Starting }.Matches(Plain with { Status = status })
                .ShouldBe(status is InstanceStatus.Down or InstanceStatus.Starting);
        }
    }

    [Fact]
    public void EachMemberIsMatchedExactly()
    {
        var instance = Plain with { Key = new RegistrationKey("shop", "orders", "g", "1", "dubbo", 80), Source = InstanceSource.DubboGo };
        foreach (var (filter, fits) in new (LookupFilter, bool)[]
        {
            (new() { Group = "g" }, true), (new() { Group = "" }, false), (new() { Group = "G" }, false), (new() { Version = "1" }, true),
            (new() { Version = "2" }, false), (new() { Protocol = "dubbo" }, true), (new() { Protocol = "http" }, false),
            (new() { Zone = "a" }, true), (new() { Zone = "b" }, false), (new() { Source = InstanceSource.DubboGo }, true),
            (new() { Source = InstanceSource.Gateway }, false),
        })
            filter.Matches(instance).ShouldBe(fits, filter.Key);
        new LookupFilter { Group = "" }.Matches(Plain).ShouldBeTrue();
    }

    [Fact]
    public void ThePreferredZoneIfAnyOfItFitsElseAll()
    {
        ImmutableArray<Instance> instances = [Plain with { Zone = "a" }, Plain with { Id = "2", Zone = "b" }, Plain with { Id = "3", Zone = "b", Status = InstanceStatus.Down }];
        new LookupFilter { PreferZone = "b" }.Apply(instances).Select(static one => one.Id).ShouldBe(["2"]);
        new LookupFilter { PreferZone = "c" }.Apply(instances).Select(static one => one.Id).ShouldBe(["1", "2"]);
        LookupFilter.Any.Apply(instances).ShouldBe(instances);
    }

    [Fact]
    public void KeysTellFiltersApart()
    {
        LookupFilter.Default.Key.ShouldBeEmpty();
        LookupFilter[] filters =
        [
            new(), new() { Group = "" }, new() { Group = "a" }, new() { Version = "a" }, new() { Group = "a", Version = "b" }, new() { Group = "a1:b" },
            new() { Group = "av1:b" }, new() { Zone = "a" }, new() { PreferZone = "a" }, LookupFilter.Any, new() { Source = InstanceSource.Gateway },
        ];
        filters.Distinct().Count().ShouldBe(filters.Length);
        new LookupFilter { Group = "a", Zone = "z" }.ShouldBe(new LookupFilter { Zone = "z", Group = "a" });
    }
}
