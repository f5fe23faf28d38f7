// Prints the instances of a service whenever they change: node consume.mjs http://gateway:8080 NAMESPACE SERVICE
const [gateway, namespace, service] = process.argv.slice(2);
const instances = new Map();
let last, event;
for (; ; await new Promise((wake) => setTimeout(wake, 1000))) { // the stream ended: reconnect with the last id, nothing is missed
  try {
    const answer = await fetch(`${gateway}/v1/namespaces/${namespace}/services/${service}/watch`, { headers: last ? { 'Last-Event-ID': last } : {} });
    let rest = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('id: ')) last = line.slice(4);
        else if (line.startsWith('event: ')) event = line.slice(7);
        else if (line.startsWith('data: ') && /^(snapshot|added|modified|removed)$/.test(event)) {
          const data = JSON.parse(line.slice(6));
          if (event === 'snapshot') instances.clear();
          for (const one of data.instances ?? [data]) event === 'removed' ? instances.delete(one.id) : instances.set(one.id, one);
          console.log([...instances.values()].map((one) => `${one.address}:${one.port}`).sort().join(' ') || 'none');
        }
      }
    }
  } catch (lost) { console.error(String(lost)); }
}
