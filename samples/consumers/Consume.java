import java.net.URI;
import java.net.http.*;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

/**
 * Prints the instances of a service whenever they change: java Consume.java http://gateway:8080 NAMESPACE SERVICE (17 or later; no packages).
 * REGISTRY_TOKEN_FILE names a token file, where lookups need one (Access__Lookup=Rbac).
 */
public class Consume {
    static final Pattern DETAIL = Pattern.compile("\"detail\":\"([^\"]*)\"");
    static final Pattern FIELDS = Pattern.compile("\"id\":\"([0-9a-f]{32})\"[^{}]*\"address\":\"([^\"]*)\"[^{}]*\"port\":(\\d+)");

    public static void main(String[] args) throws Exception {
        if (args.length != 3) throw new IllegalArgumentException("usage: java Consume.java http://gateway:8080 NAMESPACE SERVICE");
        var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var instances = new HashMap<String, String>();
        String[] last = {null, ""}; // last id, event
        var tokenFile = System.getenv("REGISTRY_TOKEN_FILE");
        int[] pause = {1000};
        for (; ; Thread.sleep(pause[0])) { // the stream ended: reconnect with the last id, nothing is missed
            var request = HttpRequest.newBuilder(URI.create(args[0] + "/v1/namespaces/" + args[1] + "/services/" + args[2] + "/watch"));
            if (last[0] != null) request.header("Last-Event-ID", last[0]);
            if (tokenFile != null) request.header("Authorization", "Bearer " + Files.readString(Path.of(tokenFile)).strip()); // read each time: it is renewed
            pause[0] = 1000;
            try (var lines = http.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body()) {
                lines.forEach(line -> {
                    if (line.startsWith("id: ")) last[0] = line.substring(4);
                    else if (line.startsWith("event: ")) last[1] = line.substring(7);
                    else if (line.startsWith("{") || line.startsWith("data: ") && last[1].equals("problem")) { // a problem (RFC 9457)
                        var detail = DETAIL.matcher(line);
                        System.err.println("refused: " + (detail.find() ? detail.group(1) : line));
                        pause[0] = 10000;
                    }
                    else if (line.startsWith("data: ") && Set.of("snapshot", "added", "modified", "removed").contains(last[1])) {
                        if (last[1].equals("snapshot")) instances.clear();
                        for (var one = FIELDS.matcher(line); one.find(); )
                            if (last[1].equals("removed")) instances.remove(one.group(1)); else instances.put(one.group(1), one.group(2) + ":" + one.group(3));
                        System.out.println(instances.isEmpty() ? "none" : String.join(" ", new TreeSet<>(instances.values())));
                    }
                });
            } catch (java.io.IOException | java.io.UncheckedIOException lost) { System.err.println("not reached: " + lost); }
        }
    }
}
