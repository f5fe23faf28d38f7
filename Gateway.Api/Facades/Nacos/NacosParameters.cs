using System.Globalization;
using System.Text;
using Gateway.Api.Requests;
using Gateway.Core.Results;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// The parameters of one call, from its query and its form alike: clients use either. The query counts first, and the first of several values. Written by
/// the call that reads it alone; the first fault is kept and answered.
/// </summary>
internal sealed class NacosParameters(HttpRequest request)
{
    /// <summary>Nacos' servers take few; more are a mistake or an attack.</summary>
    private const int MostFields = 1_000;

    private static readonly Refusal TooLong = new(RefusalCodes.BodyTooLarge, $"The form exceeds {LongestForm} bytes.");

    private readonly Dictionary<string, string> _form = new(StringComparer.Ordinal);

    public NacosFault? Fault { get; private set; }

    /// <summary>
    /// The longest form. The token may be in it, so it is read before it is known who calls: it has room for a token of the longest header that a server
    /// takes, or for what else clients send.
    /// </summary>
    public const int LongestForm = 40 * 1024;

    /// <summary>Reads the form too. A body of another type is not looked at: what it should have said is then missing.</summary>
    public static async ValueTask<NacosParameters> ReadAsync(HttpContext context)
    {
        var read = new NacosParameters(context.Request);
        if (HasForm(context.Request))
            await read.ReadFormAsync(context);
        return read;
    }

    public NacosParameters Refuse(NacosFault fault)
    {
        Fault ??= fault;
        return this;
    }

    /// <summary>Null: absent or empty, which clients do not distinguish.</summary>
    public string? Text(string name)
    {
        if (request.Query.TryGetValue(name, out var values) && values.Count > 0 && !string.IsNullOrEmpty(values[0]))
            return values[0];
        return _form.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
    }

    /// <summary>One value under two names: clients write <c>enabled</c> and <c>enable</c>, <c>clusterName</c> and <c>cluster</c>.</summary>
    public string? Text(string name, string other) => Text(name) ?? Text(other);

    /// <summary>"" with a fault: it is missing.</summary>
    public string Required(string name)
    {
        if (Text(name) is { } text && !string.IsNullOrWhiteSpace(text))
            return text;
        Refuse(NacosFault.Missing(name));
        return "";
    }

    /// <summary>A port; 0 with a fault: it is missing or none.</summary>
    public int RequiredPort()
    {
        var text = Required("port");
        if (text.Length == 0)
            return 0;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 0 and <= 65_535)
            return port;
        Refuse(NacosFault.Invalid("Param 'port' must be 0 to 65535."));
        return 0;
    }

    public int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text)
            return otherwise;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Refuse(NacosFault.Invalid($"Param '{name}' must be {least} to {most}."));
        return otherwise;
    }

    /// <summary>As Nacos and its clients write them (C# writes <c>True</c>); null: not said.</summary>
    public bool? Boolean(string name, string? other = null)
    {
        var text = Text(name) ?? (other is null ? null : Text(other));
        if (text is null)
            return null;
        if (TryBoolean(text, out var value))
            return value;
        Refuse(NacosFault.Invalid($"Param '{name}' must be true or false."));
        return null;
    }

    /// <summary>Of 0 to 10000, in our scale (100 is 1.0), at most the highest that we have; null: not said.</summary>
    public int? Weight()
    {
        if (Text("weight") is not { } text)
            return null;
        if (NacosWeight.TryRead(text, out var weight))
            return weight;
        Refuse(NacosFault.Invalid(NacosWeight.Rule, NacosFault.Weight));
        return null;
    }

    /// <summary>The service that the call is about; of no meaning with a fault.</summary>
    public NacosName Name()
    {
        var serviceName = Required("serviceName");
        if (serviceName.Length == 0)
            return default;
        if (NacosName.Read(serviceName, Text("groupName"), out var fault) is { } name)
            return name;
        Refuse(fault!);
        return default;
    }

    /// <summary>The namespace that the client names; null: none. <c>public</c> and "" are what clients send where nothing is configured.</summary>
    public string? Namespace(FacadeOptions options) => Namespace(Text("namespaceId"), options);

    public static string? Namespace(string? text, FacadeOptions options) =>
        string.IsNullOrWhiteSpace(text) || (text == "public" && !options.Aliases.ContainsKey(text)) ? null : text;

    /// <summary>
    /// The token in Nacos' own places: as a login gave it, or, by clients that send their user with every call, the password. Null: none there.
    /// </summary>
    public string? Token()
    {
        if (Text("accessToken") is { } token)
            return token;
        if (request.Headers.TryGetValue("accessToken", out var header) && !string.IsNullOrEmpty(header[0]))
            return header[0];
        return Text("username") is null ? null : Text("password");
    }

    public static bool TryBoolean(string text, out bool value)
    {
        value = Matches(text, "true", "1", "yes", "y", "on", "t");
        return value || Matches(text, "false", "0", "no", "n", "off", "f");
    }

    private static bool Matches(string text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    // PUT and DELETE come with Content-Length: 0 and without a type.
    private static bool HasForm(HttpRequest request) =>
        request.ContentLength is not 0 && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && request.ContentType?.StartsWith(MediaTypes.Form, StringComparison.OrdinalIgnoreCase) == true;

    private async ValueTask ReadFormAsync(HttpContext context)
    {
        var (bytes, refusal) = request.ContentLength > LongestForm ? (default, TooLong) : await BodyReader.ReadAsync(request, context.RequestAborted, LongestForm);
        if (refusal?.Code == RefusalCodes.BodyTooLarge)
            refusal = TooLong;
        if (refusal is not null)
        {
            Refuse(NacosFault.Of(refusal));
            return;
        }

        var fields = 0;
        foreach (var field in new QueryStringEnumerable(Encoding.UTF8.GetString(bytes.Span)))
        {
            if (++fields > MostFields)
            {
                Refuse(NacosFault.Invalid($"The form has more than {MostFields} fields."));
                return;
            }

            _form.TryAdd(field.DecodeName().ToString(), field.DecodeValue().ToString());
        }
    }

}

/// <summary>Reads weights. Nacos takes 0 to 10000; here the highest is 100.0 in its scale.</summary>
internal static class NacosWeight
{
    public const string Rule = "instance format invalid: The weights range from 0.0 to 10000.0";

    private const double Most = 10_000;

    public static bool TryRead(string text, out int weight)
    {
        weight = 0;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && TryConvert(number, out weight);
    }

    public static bool TryConvert(double number, out int weight)
    {
        var isWeight = number is >= 0 and <= Most;
        weight = isWeight ? ClientWeights.FromNacos(number) : 0;
        return isWeight;
    }
}
