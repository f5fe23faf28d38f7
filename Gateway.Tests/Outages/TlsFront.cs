using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gateway.Tests.Kubernetes.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Outages;

/// <summary>The emulated API behind TLS and HTTP/2, as real API servers are: hands every request on, and its answer back as it comes.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly List<TestAuthority> _authorities = [];
    private readonly List<X509Certificate2> _certificates = [];
    private readonly HttpClient _backend;
    private readonly WebApplication _app;
    private int _http2;

    private TlsFront(Uri backend)
    {
        Rotate();
        Route = _ => backend;
        _backend = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificateSelector = (_, _) => _certificates[^1];
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = static (_, _, _) => true;
        })));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _app = builder.Build();
        _app.Run(HandOnAsync);
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>The authority of its certificate.</summary>
    public string Pem => _authorities[^1].Pem;

    /// <summary>Whether requests over a connection that showed this certificate are answered; others are 401, as those of an expired one.</summary>
    public Func<X509Certificate2?, bool> Admits { get; set; } = static _ => true;

    /// <summary>The API server to which a request is handed on.</summary>
    public Func<HttpRequest, Uri> Route { get; set; }

    /// <summary>From now on it shows a certificate of another authority.</summary>
    public void Rotate()
    {
        _authorities.Add(new TestAuthority("front"));
        _certificates.Add(_authorities[^1].IssueServer("127.0.0.1"));
    }

    /// <summary>Requests that came by HTTP/2.</summary>
    public int Http2Requests => Volatile.Read(ref _http2);

    public static async Task<TlsFront> StartAsync(Uri backend)
    {
        var front = new TlsFront(backend);
        await front._app.StartAsync();
        front.Url = new Uri(front._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _backend.Dispose();
        _certificates.ForEach(static certificate => certificate.Dispose());
        _authorities.ForEach(static authority => authority.Dispose());
    }

    private async Task HandOnAsync(HttpContext context)
    {
        if (context.Request.Protocol == "HTTP/2")
            Interlocked.Increment(ref _http2);
        if (!Admits(context.Connection.ClientCertificate))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(Route(context.Request), context.Request.Path + context.Request.QueryString.Value));
        if (context.Request.ContentLength is not null)
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, value) in context.Request.Headers.Where(static header => header.Key is "Accept" or "Authorization" or "Content-Type" or "Content-Length"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
        }

        // Who shows a certificate that is admitted is the administrator.
        if (context.Connection.ClientCertificate is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer admin");
        try
        {
            using var answer = await _backend.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.RetryAfter is { } wait)
                context.Response.Headers.RetryAfter = wait.ToString();
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[16 * 1024];
            while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception broken) when (broken is OperationCanceledException or HttpRequestException or IOException)
        {
            context.Abort();
        }
    }
}
