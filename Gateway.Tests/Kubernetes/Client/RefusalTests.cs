using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>What a refusal says is mapped in one place, whatever its body holds. KubernetesClient has the members and maps none of them.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"kind":"Status","code":422,"reason":"Invalid","details":{"causes":[null,{"reason":null},{"field":"metadata.uid"}]}}""", true, "Invalid", "")]
    [InlineData("""{"details":{"causes":null},"message":"words","reason":null,"kind":"Status"}""", false, "", "words")]
    [InlineData("""{"kind":"Status","details":null,"metadata":null}""", false, "", "")]
    [InlineData("""{"kind":"Pod","reason":"Invalid"}""", false, null, "")]
    [InlineData("""{"kind":"Status","details":[]}""", false, null, "")]
    [InlineData("""{"kind":"Status","code":"422"}""", false, null, "")]
    [InlineData("""<html>a proxy's page</html>""", false, null, "")]
    [InlineData("null", false, null, "")]
    [InlineData("", false, null, "")]
    public async Task AStatusIsReadAsFarAsItIsOne(string body, bool isWrongUid, string? reason, string words)
    {
        var refused = await RefuseAsync(422, body);
        (refused.StatusCode, refused.IsWrongUid, refused.Reason, refused.ServerMessage).ShouldBe((422, isWrongUid, reason, words));
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(-7, 0)]
    public async Task WithoutARetryAfterHeaderTheStatusSaysHowLongToWait(int seconds, int expected)
    {
        var refused = await RefuseAsync(429, $$$"""{"kind":"Status","reason":"TooManyRequests","details":{"retryAfterSeconds":{{{seconds}}}}}""");
        refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(expected));
        (await RefuseAsync(429, "", ("Retry-After", "3"))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task ARefusalWithoutAnEndIsReadToItsBoundAndNotRepeated()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reviewing = fixture.Api.ReviewTokenAsync("t", "a", Token);
        var request = await fixture.Server.NextAsync();
        await request.OpenAsync(503);
        // More than is read, and no end: without a bound the client would wait for the rest.
        // The client drops the connection while the rest is on its way.
        var sending = request.SendAsync(new string('x', 512 * 1024));

        var refused = await reviewing.ShouldThrowAsync<KubernetesApiException>();

        (refused.StatusCode, refused.Reason).ShouldBe((503, null));
        refused.ToString().Length.ShouldBeLessThan(8 * 1024);
        await request.WaitUntilDroppedAsync();
        await Task.WhenAny(sending);
    }

    private static async Task<KubernetesApiException> RefuseAsync(int status, string body, params (string, string)[] headers)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var patching = fixture.Api.PatchPodAsync("shop", "a", "{}"u8.ToArray(), dryRun: false, Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(status, body, headers);
        return await patching.ShouldThrowAsync<KubernetesApiException>();
    }
}
