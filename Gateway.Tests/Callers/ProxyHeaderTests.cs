using System.Net;
using Gateway.Api.Callers;
using Gateway.Core.Identity;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Callers;

/// <summary>A request that came through a proxy has no source identity unless the proxy is configured: an ingress' own pod is never the caller.</summary>
public sealed class ProxyHeaderTests
{
    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.2")]
    [InlineData("Forwarded", "for=10.0.0.2")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Real-IP", "10.0.0.2")]
    [InlineData("x-real-ip", "")]
    [InlineData("X-Envoy-External-Address", "10.0.0.2")]
    [InlineData("x-envoy-expected-rq-timeout-ms", "15000")]
    public void EachHeaderOfAProxyTakesTheSourceIdentityAway(string header, string value)
    {
        var reader = new ClientAddressReader(new IdentityOptions());
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("10.0.0.1") } };
        reader.Read(CallerEvidenceReader.Read(context)).Address.ShouldBe(IPAddress.Parse("10.0.0.1"));

        context.Request.Headers[header] = value;
        var read = reader.Read(CallerEvidenceReader.Read(context));
        (read.Address, read.Refusal?.Code).ShouldBe((null, RefusalCodes.UntrustedProxy));
    }
}
