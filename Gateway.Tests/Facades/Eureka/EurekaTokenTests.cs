using System.Text;
using Gateway.Api.Facades.Eureka;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>Where a client of Eureka may put its token.</summary>
public sealed class EurekaTokenTests
{
    [Fact]
    public void ItIsThePasswordOfBasicOrBearer()
    {
        Of(null).ShouldBeNull();
        Of("Bearer a.b.c").ShouldBe("a.b.c");
        Of("bearer a.b.c").ShouldBe("a.b.c");
        Of(Basic("user:a.b.c")).ShouldBe("a.b.c");
        Of(Basic(":a:b")).ShouldBe("a:b");
    }

    [Theory]
    [InlineData("Basic !!!")]
    [InlineData("Digest x")]
    [InlineData("Basic dXNlcjo=")]
    public void WhatHoldsNoneIsNoneThatIsValid(string header) => Of(header).ShouldBe(header);

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    private static string? Of(string? header)
    {
        var context = new DefaultHttpContext();
        if (header is not null)
            context.Request.Headers.Authorization = header;
        return EurekaToken.Of(context.Request);
    }
}
