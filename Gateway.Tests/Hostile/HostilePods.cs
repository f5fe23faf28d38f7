using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Records;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Hostile;

/// <summary>
/// Pods whose annotations another program, a copy from another pod, or an attacker has written: every format, up to the 256 KiB that
/// the API server takes. Decided by the seed alone.
/// </summary>
internal sealed class HostilePods(Random random)
{
    private const int MaxBytes = 256 * 1024;

    private readonly HostileText _texts = new(random);

    public JsonObject Next(string ns, string name, string address)
    {
        var uid = Guid.NewGuid().ToString();
        var annotations = new JsonObject();
        var left = MaxBytes;
        for (var i = random.Of(1, 1, 2, 5, 40); i > 0; i--)
        {
            var (key, value) = Annotation(ns, uid, address);
            value = Sized(value);
            if (key.Length + Encoding.UTF8.GetByteCount(value) is var bytes && bytes <= left && annotations.TryAdd(key, value))
                left -= bytes;
        }

        JsonArray ips = [.. random.Of([address], [address, "fd00::1"], Array.Empty<string>()).Select(static ip => new JsonObject { ["ip"] = ip })];
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["uid"] = uid,
                ["labels"] = new JsonObject { ["app"] = random.Of("evil", "ledger", "x") },
                ["annotations"] = annotations,
            },
            ["spec"] = new JsonObject { ["nodeName"] = "node-1", ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = "example/app:1" }) },
            ["status"] = new JsonObject
            {
                ["phase"] = random.Of("Running", "Running", "Running", "Pending", "Failed"),
                ["podIP"] = ips.Count == 0 ? null : address,
                ["podIPs"] = ips,
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = random.Of("True", "True", "False", "Unknown") }),
            },
        };
    }

    // Most are as long as they are; some are blown up to what the API server just takes.
    private string Sized(string value) => random.Next(60) switch
    {
        0 => value + new string(random.Of(' ', '0', '[', ',', 'A'), random.Of(60_000, 200_000)),
        1 => string.Concat(Enumerable.Repeat(value, Math.Clamp(100_000 / Math.Max(1, value.Length), 1, 50_000))),
        2 => value.Length > 3 ? value[..(value.Length / 2)] : "",
        _ => value.Length > 60_000 ? value[..60_000] : value,
    };

    private (string Key, string Value) Annotation(string ns, string uid, string address)
    {
        var json = new HostileJson(random, _texts);
        return random.Next(9) switch
        {
            0 => Own(ns, uid, json),
            1 => ($"registry-gateway.io/{_texts.Near(string.Create(CultureInfo.InvariantCulture, $"{random.NextInt64():x32}"))}", Text(json.Near("""{"v":1,"service":"evil","port":8080}"""))),
            2 => ("registry-gateway.io/declare", Declared(json)),
            3 => ("registry-gateway.io/mirrors", _texts.Near("generic,dubbo-go-1.4")),
            4 => (random.Of("dubbo.io/annotation", "app.io/annotation"), Leaves(address)),
            5 => ("io.dubbo/metadata", Text(json.Near("""{"dubbo.metadata.revision":"r1","dubbo.endpoints":"[{\"port\":20880,\"protocol\":\"dubbo\"}]","dubbo.metadata.storage-type":"remote","dubbo.metadata-service.url-params":"{\"port\":\"20881\"}"}"""))),
            6 => ("kubectl.kubernetes.io/default-container", _texts.Near("app")),
            7 => (random.Of("dubbo.io/annotation", "app.io/annotation", "io.dubbo/metadata", "registry-gateway.io/declare"), _texts.Next()),
            _ => ($"example.com/{random.Next(100)}", _texts.Next()),
        };
    }

    private (string Key, string Value) Own(string ns, string uid, HostileJson json)
    {
        var service = $"evil-{random.Next(30)}";
        var id = new RegistrationKey(ns, service, "", "", "http", 8080).IdFor(uid);
        return ($"registry-gateway.io/{id}", Text(json.Near(
            $$"""{"v":1,"service":"{{service}}","port":8080,"weight":5,"ttl":30,"container":"app","restarts":0,"registeredAt":"2026-01-01T00:00:00Z","outOfService":"pod","metadata":{"application":"ledger","lane":"a"},"mirrors":["generic"],"ports":[{"name":"a","port":1,"protocol":"tcp"}]}""")));
    }

    private string Declared(HostileJson json)
    {
        var count = random.Of(1, 3, 50, 199, 201, 3000);
        var items = string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"service":"declared-{{i % 300}}","port":{{8000 + (i % 1000)}},"metadata":{"a":"b"} }"""));
        return count > 60 ? $"[{items}]" : Text(json.Near($"[{items}]"));
    }

    private string Leaves(string address)
    {
        var leaves = Enumerable.Range(0, random.Of(1, 2, 20, 400)).Select(i =>
        {
            var name = _texts.Near($"com.example.Evil{i % 50}");
            var url = _texts.Near($"dubbo://{address}:20880/{name}?anyhost=true&application={random.Of("ledger", "evil")}&interface={name}&methods=a,b&side=provider&registry-gateway.id=x&timestamp=1");
            return (_texts.Near($"/dubbo/{name}/providers/{SdkCodec.Escape(Whole(url))}"), _texts.Once() ? _texts.Next() : "");
        });
        var encoded = SdkCodec.Encode(leaves.Select(static leaf => (Whole(leaf.Item1), Whole(leaf.Item2))));
        return random.Once(8) ? _texts.Near(encoded) : encoded;
    }

    // The API server stores no half surrogate pairs.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
