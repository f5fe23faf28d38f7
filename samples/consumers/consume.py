"""Prints the instances of a service whenever they change: consume.py http://gateway:8080 NAMESPACE SERVICE"""
import json, sys, time, urllib.request

gateway, namespace, service = sys.argv[1:4]
instances, last, event = {}, None, None
while True:
    request = urllib.request.Request(f"{gateway}/v1/namespaces/{namespace}/services/{service}/watch", headers={"Last-Event-ID": last} if last else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as stream:  # a comment is sent at least every 15 s
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    last = value
                elif name == "event":
                    event = value
                elif name == "data" and event in ("snapshot", "added", "modified", "removed"):
                    data = json.loads(value)
                    if event == "snapshot":
                        instances = {one["id"]: one for one in data["instances"]}
                    elif event == "removed":
                        instances.pop(data["id"], None)
                    else:
                        instances[data["id"]] = data
                    print(*sorted(f"{one['address']}:{one['port']}" for one in instances.values()) or ["none"], flush=True)
    except OSError as lost:
        print(lost, file=sys.stderr)
    time.sleep(1)  # the stream ended (goaway, network): reconnect with the last id, nothing is missed
