using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Api.Callers;
using Gateway.Api.Console;
using Gateway.Api.Facades;
using Gateway.Api.Hosting;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Consumers;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Election;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Redis;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Subscriptions;
using Gateway.Emulator;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>Makes docs/configuration.md of the options classes: names and defaults by reflection, sentences from their doc comments.</summary>
internal static partial class ConfigurationReference
{
    private static readonly (string Section, string About, object Options)[] Sections =
    [
        ("Kubernetes", "Which cluster, and which part of it", new KubernetesOptions()),
        ("Registry", "How registrations are kept in pods", new AnnotationOptions()),
        ("Registry", "What a replica remembers of changes", new HistoryOptions()),
        ("Registry", "How many consumers a replica remembers", new ConsumerOptions()),
        ("Identity", "How callers are recognised", new IdentityOptions()),
        ("Access", "Who may read, and who may take which name", new AccessOptions()),
        ("Leases", "Heartbeat leases", new LeaseOptions()),
        ("Redis", "What replicas share", new RedisOptions()),
        ("Election", "Which replica does what only one may do", new ElectionOptions()),
        ("NameMapping", "Which Kubernetes Service provides a Dubbo interface", new NameMappingOptions()),
        ("Dubbo", "What is kept of Dubbo applications", new ApplicationOptions()),
        ("Registration", "Limits of the write path", new RegistrationOptions()),
        ("Subscriptions", "Event streams", new SubscriptionOptions()),
        ("Limits", "What one caller, and all together, may take", new LimitOptions()),
        ("Facades", "Other registries' protocols", new FacadeOptions()),
        ("Console", "Pages for people", new ConsoleOptions()),
        ("Emulator", "The emulated cluster: where it is, and whether the gateway runs it", new EmulatorHostOptions()),
        ("Emulator", "The emulated cluster itself: read by the process that runs it", new EmulatorOptions()),
    ];

    public static string Path { get; } = System.IO.Path.Combine(SourceTree.Root, "docs", "configuration.md");

    /// <summary>Every setting with its key and its default, as the page writes them.</summary>
    public static IEnumerable<(string Key, Type Type, string Default)> Settings() =>
        from section in Sections
        from property in section.Options.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where IsSetting(property)
        select ($"{section.Section}__{property.Name}", property.PropertyType, Value(property.GetValue(section.Options)));

    public static string Write()
    {
        var text = new StringBuilder("""
            # Configuration

            Every setting is an environment variable as below, a member of appsettings.json (`{"Registry": {"Label": true}}`) or an argument
            (`--Registry:Label=true`). Lists count their entries: `Kubernetes__Namespaces__0`, `__1`. Times are `hh:mm:ss`. Variables that
            Kubernetes makes of Services are no settings, even if they look like some ([1915](operations.md#logs)). A configuration that cannot be run
            with, an address that cannot be listened at included, ends the process at its start, with one message that names every fault and exit code 2. This page is made from the options classes; a test fails when it is
            out of date.

            Beside these: `ASPNETCORE_ENVIRONMENT` (`Development` starts the emulated cluster and trusts callers; otherwise `Production`), `ASPNETCORE_URLS` (default
            `http://localhost:8080` in Development and in mode `Kubeconfig`, else `http://+:8080`), `AllowedHosts` (names separated by `;` under which a gateway in
            Development or in mode `Kubeconfig` is served beside `localhost` and addresses; [why](security.md#on-your-own-machine)), `Kestrel__Certificates__Default__Path` and `__KeyPath` (PEM files, taken up anew when they
            change), `Logging__LogLevel__<category>`, `SettingsFile` (a JSON file as appsettings.json that goes before everything else; the log levels in it are taken up again
            whenever it changes, everything else at the start), `POD_NAME` and `POD_NAMESPACE` (which pod this is,
            for the self-check), and OpenTelemetry's `OTEL_*` ([traces](operations.md#traces)). In Development the default of `Kubernetes__Mode` is `Emulated`, and that of `Identity__SourceAddress` and of each protocol under `Facades__` is `true`.

            """);
        foreach (var (section, about, options) in Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {about}\n\n| key | default | means |\n| --- | --- | --- |\n");
            foreach (var property in options.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(IsSetting))
            {
                var isList = property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable));
                text.Append(CultureInfo.InvariantCulture, $"| `{section}__{property.Name}{(isList ? "__0..n" : "")}` | {Value(property.GetValue(options))} | {Sentence(property)} |\n");
            }
        }

        return text.ToString();
    }

    // What binding can set: a public setter, or a list that it can add to. The emulator's address is set by Emulator__Url.
    private static bool IsSetting(PropertyInfo property) =>
        (property.SetMethod is { IsPublic: true } || property.PropertyType.IsAssignableTo(typeof(IList<string>)))
        && !(property.DeclaringType == typeof(KubernetesOptions) && property.Name == nameof(KubernetesOptions.EmulatorUrl));

    private static string Value(object? value) => value switch
    {
        null or "" => "unset",
        bool truth => truth ? "`true`" : "`false`",
        TimeSpan time => $"`{time:c}`",
        string text => $"`{text}`",
        IEnumerable => "none",
        Enum name => $"`{name}` (of {string.Join(", ", Enum.GetNames(name.GetType()).Select(static each => $"`{each}`"))})",
        _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
    };

    private static string Sentence(PropertyInfo property)
    {
        var source = SourceTree.CSharpFiles(property.DeclaringType!.Assembly.GetName().Name!).Single(file => System.IO.Path.GetFileName(file) == property.DeclaringType.Name + ".cs");
        var comment = Regex.Match(File.ReadAllText(source), $@"((?:^ *///.*\n)+)^ *public [^(\n]* {property.Name} {{", RegexOptions.Multiline);
        comment.Success.ShouldBeTrue($"{property.DeclaringType.Name}.{property.Name} has a sentence");
        var words = Slashes().Replace(comment.Groups[1].Value, " ");
        words = Reference().Replace(words, static match => $"`{match.Groups[1].Value.Split('.')[^1]}`");
        words = Code().Replace(words, "`$1`");
        return Blanks().Replace(Tag().Replace(words, ""), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
    }

    [GeneratedRegex("^ *///", RegexOptions.Multiline)]
    private static partial Regex Slashes();

    [GeneratedRegex("<see cref=\"([^\"]+)\" ?/>")]
    private static partial Regex Reference();

    [GeneratedRegex("<c>([^<]+)</c>")]
    private static partial Regex Code();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
