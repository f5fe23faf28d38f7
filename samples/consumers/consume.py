"""Prints the instances of a service whenever they change: consume.py http://gateway:8080 NAMESPACE SERVICE
REGISTRY_TOKEN_FILE names a token file, where lookups need one (Access__Lookup=Rbac)."""
import json, os, sys, time, urllib.error, urllib.request

if len(sys.argv) != 4:
    sys.exit("usage: consume.py http://gateway:8080 NAMESPACE SERVICE")
gateway, namespace, service = sys.argv[1:4]
instances, last, event = {}, None, None
while True:
    pause = 1
    request = urllib.request.Request(f"{gateway}/v1/namespaces/{namespace}/services/{service}/watch", headers={"Last-Event-ID": last} if last else {})
    if "REGISTRY_TOKEN_FILE" in os.environ:  # read each time: it is renewed
        with open(os.environ["REGISTRY_TOKEN_FILE"]) as token:
            request.add_header("Authorization", "Bearer " + token.read().strip())
    try:
        with urllib.request.urlopen(request, timeout=60) as stream:  # a comment is sent at least every 15 s
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    last = value
                elif name == "event":
                    event = value
                elif name == "data" and event == "problem":
                    print("refused:", json.loads(value)["detail"], file=sys.stderr, flush=True)
                elif name == "data" and event in ("snapshot", "added", "modified", "removed"):
                    data = json.loads(value)
                    if event == "snapshot":
                        instances = {one["id"]: one for one in data["instances"]}
                    elif event == "removed":
                        instances.pop(data["id"], None)
                    else:
                        instances[data["id"]] = data
                    print(*sorted(f"{one['address']}:{one['port']}" for one in instances.values()) or ["none"], flush=True)
    except urllib.error.HTTPError as refused:  # a problem (RFC 9457) in place of a stream
        text = refused.read().decode()
        print("refused:", json.loads(text)["detail"] if text.startswith("{") else refused, file=sys.stderr, flush=True)
        pause = 10
    except OSError as lost:
        print("not reached:", lost, file=sys.stderr, flush=True)
    time.sleep(pause)  # the stream ended (goaway, network): reconnect with the last id, nothing is missed
