// Which room may import which: the arrows of src/README.md, checked on the built files.
const room = name => `^dist/${name}(/|\\.js$)`;
const only = (name, allowed) => ({
  name: `${name}-imports-down`,
  severity: 'error',
  from: { path: room(name) },
  to: { path: '^dist/', pathNot: [name, ...allowed].map(room) },
});
const owner = (pkg, file) => ({
  name: `${pkg}-has-one-owner`,
  severity: 'error',
  from: { path: '^dist/', pathNot: `^dist/${file}` },
  to: { path: `node_modules/${pkg}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('util', []),
    only('event', []),
    only('protocol', ['event', 'util']),
    only('vapix', ['protocol', 'event', 'util']),
    only('onvif', ['vapix', 'protocol', 'event', 'util']),
    only('sources', ['onvif', 'vapix', 'protocol', 'event', 'util']),
    only('normalize', ['event', 'util']),
    only('routing', ['event', 'util']),
    only('outbox', []),
    only('mqtt', ['event', 'util']),
    only('config', ['util']),
    only('discovery', ['vapix', 'protocol', 'event', 'util']),
    only('camera', ['sources', 'onvif', 'vapix', 'protocol', 'normalize', 'event', 'util']),
    only('actions', ['vapix', 'protocol', 'event', 'util']),
    only('homeassistant', ['event', 'util']),
    only('ops', ['event', 'util']),
    only('published', []),
    only('simulator', ['event', 'util']),
    owner('axios', 'vapix/exchange.js'),
    owner('digest-fetch', 'protocol/digest.js'),
    owner('fast-xml-parser', 'vapix/xml.js'),
    owner('saxes', 'protocol/xml-reader.js'),
    owner('dns-packet', 'discovery/mdns.js'),
    owner('lmdb', 'outbox/store.js'),
    owner('pino', 'util/log.js'),
    owner('prom-client', 'ops/metrics.js'),
    owner('yaml', 'config/yaml/'),
    owner('convict', 'config/layers.js'),
    owner('zod', '(config/schema/|published[/.])'),
    owner('aedes', 'mqtt/embedded.js'),
    owner('mqtt', '(mqtt/connection|simulator/mqtt/link).js'),
    owner('ws', '(sources/websocket/upgrade|mqtt/connection|simulator/websocket/server).js'),
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: false },
};
