using System.Globalization;
using System.Text;

namespace Gateway.Tests.Hostile;

/// <summary>What the attackers may know: texts that the gateway has given out, and tokens of several kinds.</summary>
internal sealed record HostileKnowledge(IReadOnlyList<string> Tokens, IReadOnlyList<string> Ids, IReadOnlyList<string> Cursors);

/// <summary>
/// Requests of strangers and of pods that mean harm, as bytes: about half of them legal in all but one thing, so that they get past the first
/// check. Decided by the seed alone, given what is known.
/// </summary>
internal sealed class HostileRequests(Random random, HostileKnowledge known)
{
    private static readonly string[] Methods = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    private static readonly string[] OddMethods = ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G", "BREW", "GET\u0001", "PO ST", "*", "PRI", new string('M', 300)];

    // With the methods that each takes; three times in four one of them is used.
    private static readonly (string Methods, string Path)[] Paths =
    [
        ("POST", "/v1/registrations"), ("POST", "/v1/registrations"), ("POST", "/v1/registrations"), ("GET DELETE", "/v1/registrations"), ("GET PATCH DELETE", "/v1/registrations/{id}"),
        ("PATCH", "/v1/registrations/{id}"), ("PATCH", "/v1/registrations/{id}"), ("PUT POST", "/v1/registrations/{id}/heartbeat"), ("POST", "/v1/registrations/{id}/out-of-service"),
        ("POST", "/v1/registrations/{id}/up"), ("POST", "/v1/registrations/{id}/deregister"), ("GET HEAD", "/v1/services"), ("GET", "/v1/services"),
        ("GET HEAD", "/v1/namespaces/{ns}/services/{service}/instances"), ("GET", "/v1/namespaces/{ns}/services/{service}/instances"), ("GET", "/v1/namespaces/{ns}/services/{service}/instances/{id}"),
        ("GET", "/v1/namespaces/{ns}/services/{service}/pick"), ("GET", "/v1/namespaces/{ns}/services/{service}/dns"), ("GET", "/v1/namespaces/{ns}/services/{service}/watch"), ("GET", "/v1/watch"),
        ("GET", "/v1/namespaces/{ns}/dubbo/interfaces"), ("GET", "/v1/namespaces/{ns}/dubbo/interfaces/{service}/providers"), ("GET", "/v1/namespaces/{ns}/dubbo/interfaces/{service}/providers/watch"),
        ("GET", "/v1/namespaces/{ns}/dubbo/interfaces/{service}/consumers"), ("GET", "/v1/namespaces/{ns}/dubbo/applications/{service}/instances"),
        ("GET", "/v1/namespaces/{ns}/dubbo/applications/{service}/instances/watch"), ("PUT", "/v1/namespaces/{ns}/dubbo/metadata/{service}/{revision}"),
        ("GET", "/v1/namespaces/{ns}/dubbo/metadata/{service}/{revision}"), ("PUT", "/v1/namespaces/{ns}/dubbo/mapping/{service}"), ("GET", "/v1/namespaces/{ns}/dubbo/mapping/{service}"),
        ("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/openapi/v1.json"), ("GET", "/swagger"), ("GET", "/console"), ("GET", "/"), ("GET", "/v1"), ("GET", "/v1/{service}/{id}"),
    ];

    private static readonly (string Name, string[] Values)[] Parameters =
    [
        ("namespace", ["billing", "shop", "nowhere"]), ("pod", ["attacker-0", "tenant-1", "nothing"]), ("group", ["", "g"]), ("version", ["1.0.0"]), ("protocol", ["http", "dubbo"]),
        ("status", ["any", "UP", "DOWN"]), ("selector", ["lane=blue", "lane in (a,b)", "!lane"]), ("zone", ["zone-a"]), ("preferZone", ["zone-a"]), ("source", ["gateway", "declared"]),
        ("index", ["1"]), ("wait", ["1ms", "5m"]), ("minRevision", ["1"]), ("limit", ["1", "500"]), ("continue", ["AA"]), ("prefix", ["wo"]), ("policy", ["random", "round-robin", "consistent-hash"]),
        ("key", ["k"]), ("timeout", ["1ms"]), ("initial", ["events"]), ("drain", ["wait"]), ("service", ["billing/work-1", "shop/ledger"]), ("at", ["2026-01-01T00:00:00Z"]),
    ];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Accept", ["text/event-stream", "application/json"]), ("Accept-Encoding", ["gzip", "br"]), ("Last-Event-ID", ["1"]), ("If-None-Match", ["*", "W/\"a\""]), ("Content-Encoding", ["gzip", "identity"]),
        ("X-HTTP-Method-Override", ["DELETE", "PATCH", "GET"]), ("X-Forwarded-For", ["10.0.0.1"]), ("Forwarded", ["for=10.0.0.1"]), ("Via", ["1.1 x"]), ("Origin", ["http://evil.example"]),
        ("Expect", ["100-continue"]), ("Range", ["bytes=0-1"]), ("traceparent", ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]), ("tracestate", ["a=b"]), ("baggage", ["a=b"]),
        ("X-Request-ID", ["1"]), ("User-Agent", ["curl/8"]), ("Cookie", ["a=b"]), ("Upgrade", ["websocket", "h2c"]), ("Connection", ["Upgrade", "keep-alive"]), ("TE", ["trailers"]),
    ];

    private static readonly string[] MediaTypes =
    [
        "application/json", "application/json", "application/json", "application/merge-patch+json", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "text/plain",
        "multipart/form-data; boundary=x", "application/json;;;", "*/*", "",
    ];

    private readonly HostileText _texts = new(random);

    public HostileRequest Next()
    {
        if (random.Once(60))
            return new(Nonsense(), IsWhole: false, MayWait: true, IsHead: false);
        var (methods, template) = random.Once(40) ? ("GET", "/" + _texts.Escaped(_texts.Next())) : Paths[random.Next(Paths.Length)];
        var method = random.Once(30) ? OddMethods[random.Next(OddMethods.Length)] : random.Once(4) ? Methods[random.Next(Methods.Length)] : random.Of<string>(methods.Split(' '));
        var path = Filled(template);
        var query = Query(method is "GET" or "HEAD" ? 3 : 10);
        var body = method is "GET" or "HEAD" or "DELETE" && !random.Once(10) ? [] : Body(template, path);
        var head = new StringBuilder();
        var isWhole = !OddMethods.Contains(method);
        var version = "HTTP/1.1";
        if (random.Once(80))
            (version, isWhole) = (random.Of("HTTP/1.0", "HTTP/1.2", "HTTP/9.9", "HTTP/2.0", "http/1.1", "", "HTTP/1.1 x"), false);
        head.Append(CultureInfo.InvariantCulture, $"{method} {random.Of("", "", "", "", "", "", "", "", "http://localhost")}{path}{query} {version}\r\n");
        if (random.Once(60))
            (isWhole, _) = (false, head.Append(random.Of("", "Host:\r\n", "Host: a\r\nHost: b\r\n", "Host: \u00ff\r\n", "Host: evil.example:99999\r\n", "Host : localhost\r\n")));
        else
            head.Append("Host: localhost\r\n");
        if (Token() is { } token)
            head.Append(CultureInfo.InvariantCulture, $"Authorization: {token}\r\n");
        for (var i = random.Next(4); i > 0 && random.Once(2); i--)
        {
            var (name, values) = Headers[random.Next(Headers.Length)];
            isWhole &= name is not ("Connection" or "Expect" or "Upgrade");
            head.Append(CultureInfo.InvariantCulture, $"{name}: {Line(_texts.Near(random.Once(3) && known.Cursors.Count > 0 ? known.Cursors[random.Next(known.Cursors.Count)] : values[random.Next(values.Length)]), ref isWhole)}\r\n");
        }

        if (random.Once(100))
            (isWhole, _) = (false, head.Append(random.Of("X: \0\r\n", ": x\r\n", "X\r\n", " folded\r\n", "X: a\n", "X-\u00e9: a\r\n", string.Concat(Enumerable.Range(0, 150).Select(static i => $"X-{i}: {i}\r\n")), $"X: {new string('x', 40_000)}\r\n")));
        byte[] framed = Framed(head, body, ref isWhole);
        return new(framed, isWhole, MayWait: IsWaiting(path, query, method) || !isWhole, method == "HEAD");
    }

    private static bool IsWaiting(string path, string query, string method) =>
        method is "GET" or "HEAD" && (path.Contains("watch", StringComparison.OrdinalIgnoreCase) || query.Contains("wait", StringComparison.OrdinalIgnoreCase) || query.Contains("index", StringComparison.OrdinalIgnoreCase)
            || query.Contains("minRevision", StringComparison.OrdinalIgnoreCase)) || query.Contains("drain", StringComparison.OrdinalIgnoreCase);

    private byte[] Nonsense() => random.Next(6) switch
    {
        0 => new HostileJson(random, _texts).Bytes(random.Next(1, 3000)),
        1 => [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, .. new HostileJson(random, _texts).Bytes(500)],
        2 => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"u8.ToArray(),
        3 => Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n" + new string('x', 20_000)),
        4 => "\r\n\r\n\r\n"u8.ToArray(),
        _ => Encoding.ASCII.GetBytes($"GET {new string('/', random.Of(10, 17_000))}"),
    };

    private string Filled(string template) => template
        .Replace("{id}", _texts.Escaped(_texts.Near(random.Once(2) && known.Ids.Count > 0 ? known.Ids[random.Next(known.Ids.Count)] : $"{random.NextInt64():x32}")), StringComparison.Ordinal)
        .Replace("{ns}", _texts.Escaped(_texts.Near(random.Of("billing", "billing", "shop", "nowhere"))), StringComparison.Ordinal)
        .Replace("{service}", _texts.Escaped(_texts.Near(random.Of("work-1", "ledger", "com.example.Greeting", "evil"))), StringComparison.Ordinal)
        .Replace("{revision}", _texts.Escaped(_texts.Near($"r{random.Next(5)}")), StringComparison.Ordinal);

    private string Query(int times)
    {
        if (!random.Once(times))
            return "";
        var query = new StringBuilder("?");
        for (var i = random.Of(1, 1, 2, 3, 40); i > 0; i--)
        {
            var (name, values) = Parameters[random.Next(Parameters.Length)];
            var value = random.Once(5) && known.Cursors.Count > 0 ? known.Cursors[random.Next(known.Cursors.Count)] : values[random.Next(values.Length)];
            query.Append(CultureInfo.InvariantCulture, $"{(random.Once(30) ? _texts.Escaped(_texts.Next()) : name)}={_texts.Escaped(_texts.Near(value))}{random.Of("&", "&", "&", "&", ";", "&&", "=")}");
        }

        // A long request line is refused before anything is read of it.
        return query.Length > 12_000 && !random.Once(20) ? query.ToString(0, 12_000).TrimEnd('%', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9') : query.ToString();
    }

    private string? Token() => random.Next(20) switch
    {
        0 => null,
        1 => "Bearer " + new string('x', random.Of(10, 20_000)),
        2 => "Bearer " + Ascii(_texts.Near(known.Tokens[random.Next(known.Tokens.Count)])),
        3 => random.Of("Basic Zm9vOmJhcg==", "Bearer", "Bearer  ", "Negotiate x", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", ""),
        4 => $"Bearer {Part("{\"alg\":\"RS256\"}")}.{Part(Encoding.UTF8.GetString(new HostileJson(random, _texts).Near(
            """{"aud":["registry-gateway"],"exp":4102444800,"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:billing:app","kubernetes.io":{"namespace":"billing","pod":{"name":"attacker-0","uid":"u"},"serviceaccount":{"name":"app","uid":"u"}}}""")))}.{Part("x")}",
        _ => "Bearer " + known.Tokens[random.Next(known.Tokens.Count)],
    };

    private static string Part(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Ascii(string text) => new([.. text.Where(static c => c is > ' ' and < '\u007f').Take(20_000)]);

    // What would end the line is another request: only sent where the connection ends with it.
    private static string Line(string text, ref bool isWhole)
    {
        if (text.AsSpan().ContainsAny('\r', '\n', '\0'))
            isWhole = false;
        return text.Length > 3000 ? text[..3000] : text;
    }

    private byte[] Body(string template, string path)
    {
        var json = new HostileJson(random, _texts);
        if (random.Once(300))
            return json.Bytes(1_100_000);
        if (random.Once(12))
            return Form();
        if (template.Contains("/metadata/", StringComparison.Ordinal))
            return json.Near($$$"""{"app":"work-1","revision":"{{{path[^2..].Trim('%', '/', '"', '\\', '?')}}}","services":{"a:1.0:dubbo":{"name":"com.example.Evil","group":"","version":"1.0","protocol":"dubbo","port":20880,"path":"x","params":{"side":"provider"} } } }""");
        if (template.Contains("/mapping/", StringComparison.Ordinal))
            return json.Near("""{"applications":["work-1","work-2","ledger"]}""");
        if (template.Contains("{id}", StringComparison.Ordinal))
            return json.Near("""{"status":"OUT_OF_SERVICE","weight":50,"metadata":{"lane":"green"}}""");
        var one = $$"""{"service":"work-{{random.Next(20)}}","port":8080,"group":"g","version":"1.0.0","protocol":"http","ports":[{"name":"admin","port":8081,"protocol":"tcp"}],"metadata":{"lane":"blue","application":"work-1"},"weight":10,"ttl":60,"mirrors":["generic"],"container":"app"}""";
        return json.Near(random.Once(6) ? $"[{one},{one.Replace("8080", "8082", StringComparison.Ordinal)}]" : one);
    }

    private byte[] Form()
    {
        string[] names = ["service", "port", "metadata.lane", "metadata.", "weight", "ttl", "mirrors", "namespace", "pod", "url", "status"];
        return Encoding.Latin1.GetBytes(string.Join('&', Enumerable.Range(0, random.Of(1, 3, 8, 2000)).Select(_ => $"{names[random.Next(names.Length)]}={_texts.Escaped(_texts.Near(random.Of("work-1", "8080", "x")))}")));
    }

    private byte[] Framed(StringBuilder head, byte[] body, ref bool isWhole)
    {
        head.Append(CultureInfo.InvariantCulture, $"Content-Type: {(random.Once(2) ? MediaTypes[random.Next(MediaTypes.Length)] : "application/json")}\r\n");
        var form = random.Next(40);
        if (form == 0)
        {
            head.Append("Transfer-Encoding: chunked\r\n\r\n");
            return [.. Encoding.Latin1.GetBytes(head.ToString()), .. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. body.Length == 0 ? "\r\n"u8 : "\r\n0\r\n\r\n"u8];
        }

        if (form == 1)
        {
            isWhole = false;
            head.Append(random.Of(
                $"Content-Length: {body.Length + 10}\r\n\r\n", $"Content-Length: {body.Length / 2}\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "Transfer-Encoding: gzip\r\n\r\n", $"Transfer-Encoding: chunked\r\nContent-Length: {body.Length}\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n", "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                "Transfer-Encoding: chunked\r\n\r\n5;" + new string('e', 5000) + "\r\n", "\r\n"));
        }
        else
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
        }

        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. body];
    }
}
