using Gateway.Core.Consumers;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Consumers;

/// <summary>Which workload a pod is of, by its name and labels.</summary>
public sealed class WorkloadTests
{
    [Theory]
    [InlineData("orders-7d4b9c6f58-x2x9k", "pod-template-hash=7d4b9c6f58", "orders")]
    [InlineData("orders-api-v2-7d4b9c6f58-x2x9k", "pod-template-hash=7d4b9c6f58", "orders-api-v2")]
    [InlineData("7d4b9c6f58-x2x9k", "pod-template-hash=7d4b9c6f58", "7d4b9c6f58")]
    [InlineData("a-name-so-long-that-its-hash-is-cut-7d4b9x2x9k", "pod-template-hash=7d4b9c6f58", "a-name-so-long-that-its-hash-is-cut")]
    [InlineData("orders-1", "pod-template-hash=7d4b9c6f58", "orders")]
    [InlineData("orders-7d4b9c6f58-x2x9k", "", "orders-7d4b9c6f58-x2x9k")]
    [InlineData("orders-7d4b9c6f58-x2x9k", "pod-template-hash=", "orders-7d4b9c6f58-x2x9k")]
    [InlineData("ledger-0", "statefulset.kubernetes.io/pod-name=ledger-0", "ledger")]
    [InlineData("ledger-main-12", "statefulset.kubernetes.io/pod-name=ledger-main-12", "ledger-main")]
    [InlineData("ledger-a", "statefulset.kubernetes.io/pod-name=ledger-a", "ledger-a")]
    [InlineData("ledger-0", "statefulset.kubernetes.io/pod-name=other-0", "ledger-0")]
    [InlineData("ledger-0", "", "ledger-0")]
    [InlineData("single", "pod-template-hash=7d4b9c6f58", "single")]
    public void ItIsTheNameWithoutWhatTheControllerAdded(string pod, string label, string workload)
    {
        var labels = label.Split('=') is [var key, var value] ? new Dictionary<string, string> { [key] = value } : [];

        Workload.Of(new Pod { Metadata = new ObjectMeta { Name = pod, Namespace = "shop", Labels = labels } }).ShouldBe(workload);
    }
}
