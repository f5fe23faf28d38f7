import java.net.URI;
import java.net.http.*;
import java.util.*;
import java.util.regex.*;

/** Prints the instances of a service whenever they change: java Consume.java http://gateway:8080 NAMESPACE SERVICE (17 or later; no packages) */
public class Consume {
    static final Pattern FIELDS = Pattern.compile("\"id\":\"([0-9a-f]{32})\"[^{}]*\"address\":\"([^\"]*)\"[^{}]*\"port\":(\\d+)");

    public static void main(String[] args) throws Exception {
        var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var instances = new HashMap<String, String>();
        String[] last = {null, ""}; // last id, event
        for (; ; Thread.sleep(1000)) { // the stream ended: reconnect with the last id, nothing is missed
            var request = HttpRequest.newBuilder(URI.create(args[0] + "/v1/namespaces/" + args[1] + "/services/" + args[2] + "/watch"));
            if (last[0] != null) request.header("Last-Event-ID", last[0]);
            try (var lines = http.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body()) {
                lines.forEach(line -> {
                    if (line.startsWith("id: ")) last[0] = line.substring(4);
                    else if (line.startsWith("event: ")) last[1] = line.substring(7);
                    else if (line.startsWith("data: ") && Set.of("snapshot", "added", "modified", "removed").contains(last[1])) {
                        if (last[1].equals("snapshot")) instances.clear();
                        for (var one = FIELDS.matcher(line); one.find(); )
                            if (last[1].equals("removed")) instances.remove(one.group(1)); else instances.put(one.group(1), one.group(2) + ":" + one.group(3));
                        System.out.println(instances.isEmpty() ? "none" : String.join(" ", new TreeSet<>(instances.values())));
                    }
                });
            } catch (java.io.IOException | java.io.UncheckedIOException lost) { System.err.println(lost); }
        }
    }
}
