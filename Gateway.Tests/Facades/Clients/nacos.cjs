// The Node.js client of Nacos as a service has it compiled in: configured by its documented options alone.
const { NacosNamingClient } = require('nacos');

const { server, username, password, service, instance } = JSON.parse(process.argv[2]);
const say = (event, rest = {}) => console.log(JSON.stringify({ event, ...rest }));
const text = words => words.map(word => (word instanceof Error ? word.message : String(word))).join(' ');
const logger = { log() {}, debug() {}, info() {}, warn: (...words) => say('warned', { text: text(words) }), error: (...words) => say('failed', { text: text(words) }) };
const shown = hosts => ({ hosts: hosts.map(host => `${host.ip}:${host.port} ${host.healthy ? 'healthy' : 'unhealthy'}`).sort() });

const client = new NacosNamingClient({ logger, serverList: server, namespace: 'public', ...(password ? { username, password } : {}) });

const does = {
  register: () => client.registerInstance(service, instance),
  list: async () => shown(await client.getAllInstances(service, 'DEFAULT_GROUP', '', false)),
  healthy: async () => shown(await client.selectInstances(service, 'DEFAULT_GROUP', '', true, false)),
  status: async () => ({ status: await client.getServerStatus() }),
  subscribe: async () => { client.subscribe(service, hosts => say('changed', shown(hosts))); },
  deregister: () => client.deregisterInstance(service, instance),
};

require('readline').createInterface({ input: process.stdin }).on('line', async line => {
  try {
    say(line, { error: null, ...(await does[line]()) });
  } catch (error) {
    say(line, { error: String(error) });
  }
});
client.ready().then(() => say('started'));
