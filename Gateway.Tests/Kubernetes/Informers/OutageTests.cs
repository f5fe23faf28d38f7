using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>What the failure of one kind says about the watches of the others.</summary>
public sealed class OutageTests
{
    private readonly Outage _outage = new();
    private readonly Kind _pods;
    private readonly Kind _services;
    private readonly Kind _slices;

    public OutageTests() => (_pods, _services, _slices) = (new(_outage), new(_outage), new(_outage));

    [Fact]
    public void TheFirstFailureOfAnOutagePutsEveryOtherKindInDoubt()
    {
        _services.Fail();
        (_pods.IsDoubted, _services.IsDoubted, _slices.IsDoubted).ShouldBe((true, false, true));
    }

    [Fact]
    public void AKindThatKeepsFailingDoesNotReplaceTheOthersWatchesEachTime()
    {
        _services.Fail();
        _pods.Prove();
        _slices.Prove();
        for (var i = 0; i < 100; i++)
            _services.Fail();
        (_pods.Doubts, _slices.Doubts).ShouldBe((1, 1));
    }

    [Fact]
    public void BeforeTheLastKindIsProvedThoseThatHeardNothingSinceTheNewestFailureAreInDoubtAgain()
    {
        _services.Fail();
        _pods.Prove();
        _slices.Prove();
        _services.Fail();
        _slices.Hear();
        _services.Prove();
        (_pods.IsDoubted, _services.IsDoubted, _slices.IsDoubted).ShouldBe((true, false, false));

        _pods.Prove();
        new[] { _pods, _services, _slices }.ShouldAllBe(static kind => !kind.IsUnproved);
    }

    [Fact]
    public void KindsThatAreProvedWhileOthersAreNotPutNothingInDoubt()
    {
        _services.Fail();
        _pods.Fail();
        _slices.Prove();
        _slices.IsUnproved.ShouldBeFalse();
        _pods.Doubts.ShouldBe(1);
        _slices.Doubts.ShouldBe(1);
    }

    private sealed class Kind : IOutageMember
    {
        private readonly Outage _outage;
        private bool _isLost;

        public Kind(Outage outage)
        {
            _outage = outage;
            outage.Join(this);
        }

        public bool IsDoubted { get; private set; }
        public int Doubts { get; private set; }
        public bool IsUnproved => _isLost || IsDoubted;
        public long HeardAfter { get; private set; }

        public void Doubt() => (IsDoubted, Doubts) = (true, Doubts + 1);

        public void Hear() => HeardAfter = _outage.Failures;

        public void Fail()
        {
            _outage.Failed(this);
            (_isLost, IsDoubted) = (true, false);
        }

        public void Prove()
        {
            Hear();
            _outage.Proving(this);
            (_isLost, IsDoubted) = (false, false);
        }
    }
}
