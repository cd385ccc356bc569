// The source for a camera whose own MQTT client publishes to a broker of the bridge.
import type { CameraConfig } from '../config/types.ts';
import { createDeviceMqtt } from '../sources/device-mqtt/device-mqtt.ts';
import type { Source } from '../sources/source.ts';
import type { House } from './house.ts';

/** Reads at the broker that the camera's `deviceMqtt` names, as it is when the source starts. */
export function deviceMqttSource({ deviceMqtt, serial }: CameraConfig, house: House): Source {
  const { broker, prefix } = deviceMqtt;
  return createDeviceMqtt({
    subscribe: subscription => house.reader(broker).subscribe(subscription),
    prefix,
    serial,
  });
}
