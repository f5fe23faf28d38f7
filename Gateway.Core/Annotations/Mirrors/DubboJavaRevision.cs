using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// The revision of an application's metadata as Dubbo Java 3.2 computes it. Consumers treat it as opaque, but equal metadata must have an
/// equal revision on every pod, so nothing specific to one pod is included.
/// </summary>
internal static class DubboJavaRevision
{
    /// <summary>
    /// Lower-case hex MD5 over the application and, for each service sorted by its match key <c>[group/]interface[:version][:protocol]</c>:
    /// match key, port, path, and the parameters formatted like Java's <c>Map.toString</c>.
    /// </summary>
    public static string Of(string application, IEnumerable<RegistrationRecord> records, string wireVersion, string release)
    {
        var services = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            var key = MatchKey(record.Key);
            services[key] = string.Create(
                CultureInfo.InvariantCulture, $"{key}{record.Key.Port}{record.Key.Service}{Parameters(application, record, wireVersion, release)}");
        }

        var text = new StringBuilder(application).AppendJoin("", services.Values).ToString();

        // The format prescribes MD5; it protects nothing here.
        return Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string MatchKey(RegistrationKey key) =>
        (key.Group.Length > 0 ? key.Group + "/" : "") + key.Service + (key.Version.Length > 0 ? ":" + key.Version : "") + ":" + key.Protocol;

    private static string Parameters(string application, RegistrationRecord record, string wireVersion, string release)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in record.Metadata)
            parameters[name] = value;
        parameters["application"] = application;
        parameters["interface"] = record.Key.Service;
        parameters["side"] = "provider";
        parameters.TryAdd("dubbo", wireVersion);
        parameters.TryAdd("release", release);
        if (record.Key.Group.Length > 0)
            parameters["group"] = record.Key.Group;
        if (record.Key.Version.Length > 0)
            parameters["version"] = record.Key.Version;
        if (record.Weight != RegistrationRules.DefaultWeight)
            parameters["weight"] = record.Weight.ToString(CultureInfo.InvariantCulture);
        return $"{{{string.Join(", ", parameters.Select(static parameter => $"{parameter.Key}={parameter.Value}"))}}}";
    }
}
