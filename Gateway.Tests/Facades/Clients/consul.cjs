// node-consul as a service has it compiled in: configured by its documented options alone.
const Consul = require('consul');

const { host, port, token, service } = JSON.parse(process.argv[2]);
const say = (event, rest = {}) => console.log(JSON.stringify({ event, ...rest }));
const client = new Consul({ host, port, defaults: token ? { token } : {} });
const ids = entries => entries.map(one => one.Service.ID);
let watch;

const does = {
  register: () => client.agent.service.register(service),
  pass: () => client.agent.check.pass(`service:${service.id}`),
  fail: () => client.agent.check.fail(`service:${service.id}`),
  health: async () => ({ ids: ids(await client.health.service({ service: service.name, passing: true })) }),
  catalog: async () => ({ services: await client.catalog.service.list() }),
  leader: async () => ({ leader: await client.status.leader() }),
  maintain: () => client.agent.service.maintenance({ id: service.id, enable: true, reason: 'new disk' }),
  resume: () => client.agent.service.maintenance({ id: service.id, enable: false }),
  key: async () => ({ value: (await client.kv.get('config/orders')) ?? null }),
  deregister: () => client.agent.service.deregister(service.id),
  watch: async () => {
    watch = client.watch({ method: client.health.service, options: { service: service.name, passing: true, wait: '2s' }, backoffFactor: 10 });
    watch.on('change', data => say('changed', { ids: ids(data) }));
    watch.on('error', error => say('failed', { error: String(error) }));
  },
};

require('readline').createInterface({ input: process.stdin }).on('line', async line => {
  try {
    say(line, { error: null, ...(await does[line]()) });
  } catch (error) {
    say(line, { error: String(error) });
  }
});
say('started');
