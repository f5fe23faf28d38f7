using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>https follows the files that a Secret is mounted as.</summary>
public sealed class RotatingCertificateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-tls").FullName;
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task ARenewedCertificateIsServedWithoutARestart()
    {
        Write("first");
        var certificate = RotatingCertificate.From(Configuration(), _time)!;
        await using var app = await StartAsync(certificate);
        (await NameServedAsync(app)).ShouldBe("CN=first");

        Write("second");
        (await NameServedAsync(app)).ShouldBe("CN=first", "files are not looked at for every connection");
        _time.Advance(TimeSpan.FromSeconds(10));
        (await NameServedAsync(app)).ShouldBe("CN=second");
    }

    [Fact]
    public void AFileThatCannotBeReadChangesNothing()
    {
        Write("first");
        var certificate = RotatingCertificate.From(Configuration(), _time)!;

        File.WriteAllText(Path.Combine(_folder, "tls.crt"), "half written");
        _time.Advance(TimeSpan.FromSeconds(10));
        certificate.Current().TargetCertificate.Subject.ShouldBe("CN=first");
        File.Delete(Path.Combine(_folder, "tls.key"));
        _time.Advance(TimeSpan.FromSeconds(10));
        certificate.Current().TargetCertificate.Subject.ShouldBe("CN=first");
        Write("second");
        _time.Advance(TimeSpan.FromSeconds(10));
        certificate.Current().TargetCertificate.Subject.ShouldBe("CN=second");
    }

    [Fact]
    public void WithoutAPemPairKestrelDecides()
    {
        RotatingCertificate.From(new ConfigurationBuilder().Build()).ShouldBeNull();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<WebApplication> StartAsync(RotatingCertificate certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0").ConfigureKestrel(certificate.Serve);
        var app = builder.Build();
        app.MapGet("/", static () => Results.Ok());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task<string> NameServedAsync(WebApplication app)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var subject = "";
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, served, _, _) =>
                {
                    subject = served!.Subject;
                    return true;
                },
            },
        });
        using var answer = await http.GetAsync(new Uri(address), TestContext.Current.CancellationToken).Within();
        answer.EnsureSuccessStatusCode();
        return subject;
    }

    private IConfiguration Configuration() => new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Kestrel:Certificates:Default:Path"] = Path.Combine(_folder, "tls.crt"),
        ["Kestrel:Certificates:Default:KeyPath"] = Path.Combine(_folder, "tls.key"),
    }).Build();

    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(_folder, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
