// eureka-js-client as a service has it compiled in: configured by its documented options alone.
const { Eureka } = require('eureka-js-client');

const { token, ...config } = JSON.parse(process.argv[2]);
const say = (event, rest = {}) => console.log(JSON.stringify({ event, ...rest }));
const quiet = { debug() {}, info() {}, warn: (...words) => say('warned', { text: words.join(' ') }), error: (...words) => say('failed', { text: words.join(' ') }) };

if (token) {
  config.requestMiddleware = (request, done) => done({ ...request, auth: { user: 'eureka', password: token } });
}

const client = new Eureka({ ...config, logger: quiet });
for (const name of ['started', 'registered', 'deregistered', 'heartbeat']) {
  client.on(name, () => say(name));
}
client.on('registryUpdated', () => say('updated', { apps: client.cache.app, vips: client.cache.vip }));

require('readline').createInterface({ input: process.stdin }).on('line', line => {
  if (line === 'stop') {
    client.stop(error => say('stopped', { error: error ? String(error) : null }));
  } else if (line === 'renew') {
    client.renew();
  } else if (line === 'fetch') {
    client.fetchRegistry(error => say('fetched', { error: error ? String(error) : null, apps: client.cache.app, vips: client.cache.vip }));
  }
});

client.start(error => say('start', { error: error ? String(error) : null }));
