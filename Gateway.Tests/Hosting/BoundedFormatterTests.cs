using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Tests.Hosting;

/// <summary>Collectors cut long lines anywhere, so no line is long.</summary>
public sealed class BoundedFormatterTests
{
    private static readonly LoggerExternalScopeProvider Scopes = new();

    [Theory]
    [InlineData("json")]
    [InlineData("simple")]
    [InlineData("systemd")]
    public void NoLineIsLongerThanFourKilobytes(string name)
    {
        foreach (var text in new[] { new string('a', 100_000), new string('\u2028', 5_000), new string('"', 2_000), string.Concat(Enumerable.Repeat("💥", 3_000)) })
        {
            using var scope = Scopes.Push(new Dictionary<string, object?> { ["RequestPath"] = text });
            var line = Written(name, text, new InvalidOperationException(text));

            Encoding.UTF8.GetByteCount(line).ShouldBeLessThanOrEqualTo(BoundedFormatter.MaxBytes);
            line.ShouldContain("1610");
            if (name == "json")
                JsonNode.Parse(line)!["State"]!["Verb"]!.GetValue<string>().ShouldBe("register");
        }
    }

    [Fact]
    public void ALineThatFitsIsWrittenAsItIs()
    {
        var line = JsonNode.Parse(Written("json", "shop/greeter-1", null))!;

        ((string)line["Message"]!).ShouldBe("register of shop/greeter-1");
        ((string)line["State"]!["Pod"]!).ShouldBe("shop/greeter-1");
        ((string)line["State"]!["{OriginalFormat}"]!).ShouldBe("{Verb} of {Pod}");
    }

    private static string Written(string name, string text, Exception? exception)
    {
        var services = new ServiceCollection();
        services.AddLogging(static logging => logging.AddJsonConsole(static json => json.IncludeScopes = true).AddSystemdConsole().AddSimpleConsole());
        BoundedFormatter.Wrap(services);
        using var provider = services.BuildServiceProvider();
        using var writer = new StringWriter();
        KeyValuePair<string, object?>[] state = [new("Verb", "register"), new("Pod", text), new("{OriginalFormat}", "{Verb} of {Pod}")];
        provider.GetServices<ConsoleFormatter>().Single(one => one.Name == name).Write(
            new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Information, "Gateway.Tests", new EventId(1610, "Audit"), state, exception, (_, _) => $"register of {text}"), Scopes, writer);
        return writer.ToString();
    }
}
