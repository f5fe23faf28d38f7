// Prints the instances of a service whenever they change: node consume.mjs http://gateway:8080 NAMESPACE SERVICE
// REGISTRY_TOKEN_FILE names a token file, where lookups need one (Access__Lookup=Rbac).
import { readFileSync } from 'node:fs';

const [gateway, namespace, service] = process.argv.slice(2);
if (!service) throw new Error('usage: node consume.mjs http://gateway:8080 NAMESPACE SERVICE');
const instances = new Map();
let last, event, pause;
for (; ; await new Promise((wake) => setTimeout(wake, pause))) { // the stream ended: reconnect with the last id, nothing is missed
  pause = 1000;
  try {
    const headers = last ? { 'Last-Event-ID': last } : {};
    const tokenFile = process.env.REGISTRY_TOKEN_FILE;
    if (tokenFile) headers.Authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`; // read each time: it is renewed
    const answer = await fetch(`${gateway}/v1/namespaces/${namespace}/services/${service}/watch`, { headers });
    if (!answer.ok) { // a problem (RFC 9457) in place of a stream
      const text = await answer.text();
      console.error(`refused: ${text.startsWith('{') ? JSON.parse(text).detail : answer.status}`);
      pause = 10000;
      continue;
    }
    let rest = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('id: ')) last = line.slice(4);
        else if (line.startsWith('event: ')) event = line.slice(7);
        else if (line.startsWith('data: ') && event === 'problem') console.error(`refused: ${JSON.parse(line.slice(6)).detail}`);
        else if (line.startsWith('data: ') && /^(snapshot|added|modified|removed)$/.test(event)) {
          const data = JSON.parse(line.slice(6));
          if (event === 'snapshot') instances.clear();
          for (const one of data.instances ?? [data]) event === 'removed' ? instances.delete(one.id) : instances.set(one.id, one);
          console.log([...instances.values()].map((one) => `${one.address}:${one.port}`).sort().join(' ') || 'none');
        }
      }
    }
  } catch (lost) { console.error(`not reached: ${lost.cause ?? lost}`); }
}
