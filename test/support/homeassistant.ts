// Home Assistant's own rules for a device discovery payload (2024.11 or later), as far as our platforms go.
import assert from 'node:assert/strict';

export interface Component {
  platform: string;
  unique_id?: string;
  name?: string;
  state_topic?: string;
  value_template?: string;
  payload_on?: string;
  payload_off?: string;
  device_class?: string;
  unit_of_measurement?: string;
  state_class?: string;
  options?: string[];
  event_types?: string[];
  icon?: string;
  entity_category?: string;
  enabled_by_default?: boolean;
  command_topic?: string;
  command_template?: string;
  command_off_template?: string;
  payload_press?: string;
  state_on?: string;
  state_off?: string;
  available_tones?: string[];
  support_duration?: boolean;
  support_volume_set?: boolean;
  optimistic?: boolean;
}

export interface DiscoveryPayload {
  device: Record<string, unknown> & { identifiers: string[]; connections?: string[][] };
  origin: Record<string, string>;
  availability: { topic: string; value_template: string }[];
  availability_mode: string;
  qos: number;
  components: Record<string, Component>;
}

const DEVICE_KEYS =
  'identifiers connections name manufacturer model model_id hw_version serial_number sw_version suggested_area';
const COMMON_KEYS = 'platform unique_id name qos device_class icon entity_category enabled_by_default';
const STATE_KEYS = 'state_topic value_template';

const PLATFORMS: Record<string, { keys: string; required: string; classes: string }> = {
  binary_sensor: {
    keys: `${STATE_KEYS} payload_on payload_off`,
    required: STATE_KEYS,
    classes:
      'battery battery_charging carbon_monoxide cold connectivity door garage_door gas heat light lock moisture motion moving occupancy opening plug power presence problem running safety smoke sound tamper update vibration window',
  },
  sensor: {
    keys: `${STATE_KEYS} unit_of_measurement state_class options`,
    required: STATE_KEYS,
    classes: 'enum temperature data_size duration humidity carbon_dioxide aqi pm1 pm25 pm10',
  },
  event: {
    keys: `${STATE_KEYS} event_types`,
    required: `${STATE_KEYS} event_types`,
    classes: 'doorbell button motion',
  },
  button: {
    keys: 'command_topic payload_press',
    required: 'command_topic',
    classes: 'identify restart update',
  },
  siren: {
    keys: 'command_topic command_template command_off_template payload_on available_tones support_duration support_volume_set optimistic',
    required: 'command_topic',
    classes: '',
  },
  switch: {
    keys: `${STATE_KEYS} command_topic payload_on payload_off state_on state_off optimistic`,
    required: 'command_topic',
    classes: 'outlet switch',
  },
};

/** Of the classes of sensors that there are here; `undefined`: none. */
const UNITS: Record<string, (string | undefined)[]> = {
  enum: [undefined],
  temperature: ['°C', '°F', 'K'],
  data_size: ['bit', 'B', 'kB', 'MB', 'GB', 'KiB', 'MiB', 'GiB'],
  duration: ['d', 'h', 'min', 's', 'ms'],
  humidity: ['%'],
  carbon_dioxide: ['ppm'],
  aqi: [undefined],
  pm1: ['µg/m³'],
  pm25: ['µg/m³'],
  pm10: ['µg/m³'],
};
/** Classes whose values may count up. */
const TOTALS = [undefined, 'data_size', 'duration'];

/** Fails where Home Assistant would refuse the payload, a part of it, or only warn; gives it. */
export function checkDiscovery(topic: string, text: string): DiscoveryPayload {
  assert.match(topic, /^[^+#]+\/device\/[a-zA-Z0-9_-]+\/config$/);
  const payload: DiscoveryPayload = JSON.parse(text);
  const { device, origin, availability, components, ...rest } = payload;
  assert.deepEqual(rest, { availability_mode: 'all', qos: 1 });
  assertKeys(device, DEVICE_KEYS, 'device');
  assert.ok(device.identifiers.length > 0);
  for (const connection of device.connections ?? []) assert.equal(connection.length, 2);
  assertKeys(origin, 'name sw_version support_url', 'origin');
  assert.ok(origin['name']);
  for (const entry of availability) {
    assertKeys(entry, 'topic value_template', 'availability');
    assertFilter(entry.topic);
  }
  const ids = new Set<string>();
  for (const [key, component] of Object.entries(components)) {
    assert.match(key, /^[a-zA-Z0-9_-]+$/);
    if (Object.keys(component).length > 1) checkComponent(key, component, ids);
    else assert.ok(component.platform in PLATFORMS, key);
  }
  return payload;
}

function checkComponent(key: string, component: Component, ids: Set<string>): void {
  const { platform, unique_id = '', device_class, icon, entity_category } = component;
  const rules = PLATFORMS[platform];
  assert.ok(rules, `${key}: platform ${platform}`);
  assertKeys(component, `${COMMON_KEYS} ${rules.keys}`, key);
  for (const required of `unique_id name ${rules.required}`.split(' '))
    assert.ok(required in component, `${key} lacks ${required}`);
  assert.ok(!ids.has(`${platform} ${unique_id}`), `${unique_id} is there twice`);
  ids.add(`${platform} ${unique_id}`);
  if (component.state_topic !== undefined) assertFilter(component.state_topic);
  if (component.command_topic !== undefined) checkCommand(key, component, component.command_topic);
  if (device_class !== undefined)
    assert.ok(rules.classes.split(' ').includes(device_class), `${key}: ${device_class}`);
  if (icon !== undefined) assert.match(icon, /^mdi:[a-z-]+$/);
  if (entity_category !== undefined) assert.equal(entity_category, 'diagnostic', key);
  if (platform === 'sensor') checkSensor(key, component);
  if (platform === 'event') assert.ok(component.event_types?.every(type => type !== ''));
}

/** One that can be neither read nor assumed Home Assistant assumes; that both are said would be a mistake of ours. */
function checkCommand(key: string, component: Component, topic: string): void {
  const { platform, state_topic, optimistic, available_tones = [] } = component;
  assert.match(topic, /^[^+#\p{Cc}]+$/u, key);
  if (platform !== 'button') assert.equal(optimistic, state_topic === undefined ? true : undefined, key);
  assert.equal(new Set(available_tones).size, available_tones.length, key);
}

function checkSensor(key: string, component: Component): void {
  const { device_class, unit_of_measurement, state_class, options } = component;
  if (device_class !== undefined)
    assert.ok(UNITS[device_class]?.includes(unit_of_measurement), `${key}: ${unit_of_measurement}`);
  if (state_class !== undefined)
    assert.ok(['measurement', 'total_increasing'].includes(state_class), `${key}: ${state_class}`);
  if (state_class === 'total_increasing') assert.ok(TOTALS.includes(device_class), key);
  assert.equal(device_class === 'enum', options !== undefined, `${key}: enum and options`);
  if (options === undefined) return;
  assert.ok(options.length > 0);
  assert.deepEqual([device_class, state_class, unit_of_measurement], ['enum', undefined, undefined], key);
}

function assertKeys(entry: object, allowed: string, where: string): void {
  const unknown = Object.keys(entry).filter(key => !allowed.split(' ').includes(key));
  assert.deepEqual(unknown, [], where);
}

/** A topic, or a filter whose `+` are whole levels. */
function assertFilter(topic: string): void {
  assert.ok(topic.length > 0 && Buffer.byteLength(topic) < 65_536);
  for (const level of topic.split('/'))
    assert.ok(level === '+' || /^[^+#\p{Cc}]+$/u.test(level), `${topic} has a level ${level}`);
}
