// How the events of Axis devices look in Home Assistant: a table of topics (PROTOCOLS 9), the first that fits counts.
import { matchTopic } from '../util/topic.ts';
import type { Look } from './types.ts';
import { UNKNOWN_HEALTH } from './values.ts';

interface EventClass extends Look {
  /** Pattern of ONVIF topics with their prefixes. */
  topic: string;
  /** A data item that is an entity of its own; left out: the one that is declared as the state, or the pulse. */
  item?: string;
}

/** How the state, or the pulse, of a topic looks. */
export function lookOf(onvifTopic: string): Look {
  const row = CLASSES.find(({ topic, item }) => item === undefined && matchTopic(topic, onvifTopic));
  const { topic: _, item: __, ...look } = row ?? { topic: onvifTopic };
  return look;
}

/** The other data items of a topic that are sensors too. */
export function itemsOf(onvifTopic: string): { item: string; look: Look }[] {
  return CLASSES.flatMap(({ topic, item, ...look }) =>
    item !== undefined && matchTopic(topic, onvifTopic) ? [{ item, look }] : [],
  );
}

const MOTION = { deviceClass: 'motion' };
const SOUND = { deviceClass: 'sound' };
const PROBLEM = { deviceClass: 'problem', diagnostic: true };
const RUNNING = { deviceClass: 'running', diagnostic: true };
const DIAGNOSTIC = { diagnostic: true };
const OFF = { diagnostic: true, enabled: false };
const PARTICLES = { unit: 'µg/m³', stateClass: 'measurement' } as const;

const APPLICATION = 'tnsaxis:CameraApplicationPlatform';
const AIR = 'tnsaxis:AirQualityMonitor/Metadata';

const CLASSES: readonly EventClass[] = [
  { topic: `${APPLICATION}/ALPV.AllPlates`, icon: 'mdi:car-back', name: 'License plate' },
  { topic: `${APPLICATION}/*/xinternal_data`, ...OFF },
  { topic: `${APPLICATION}/ObjectAnalytics/*`, ...MOTION },
  { topic: `${APPLICATION}/VMD/*`, ...MOTION },
  { topic: `${APPLICATION}/MotionGuard/*`, ...MOTION },
  { topic: `${APPLICATION}/FenceGuard/*`, ...MOTION },
  { topic: `${APPLICATION}/LoiteringGuard/*`, ...MOTION },
  { topic: 'tns1:VideoSource/MotionAlarm', ...MOTION, name: 'Motion' },
  { topic: 'tns1:RuleEngine/MotionRegionDetector/**', ...MOTION },
  { topic: 'tns1:RuleEngine/tnsaxis:VMD3/*', ...MOTION },
  { topic: 'tns1:RuleEngine/tnsaxis:VideoMotionDetection/*', ...MOTION },
  { topic: 'tns1:VideoAnalytics/tnsaxis:MotionDetection', ...MOTION },
  { topic: 'tns1:Device/tnsaxis:Sensor/PIR', ...MOTION, name: 'PIR sensor' },

  { topic: 'tns1:Device/tnsaxis:Casing/Open', deviceClass: 'tamper', name: 'Casing' },
  { topic: 'tns1:VideoSource/GlobalSceneChange/*', deviceClass: 'tamper', name: 'Scene change' },
  { topic: 'tns1:VideoSource/tnsaxis:Tampering', icon: 'mdi:camera-off', name: 'Tampering' },
  { topic: 'tns1:Device/tnsaxis:Tampering/ShockDetected', icon: 'mdi:vibrate', name: 'Shock' },
  { topic: 'tns1:VideoAnalytics/tnsaxis:ImageHealth/**', deviceClass: 'problem' },

  {
    topic: 'tns1:Device/tnsaxis:IO/SupervisedPort',
    options: ['open', 'closed', 'cut', 'shorted', 'undefined'],
  },
  { topic: 'tns1:Device/tnsaxis:IO/*', icon: 'mdi:electric-switch' },
  { topic: 'tns1:Device/Trigger/DigitalInput', icon: 'mdi:electric-switch', name: 'Digital input' },
  {
    topic: 'tns1:Device/Trigger/Relay',
    icon: 'mdi:electric-switch',
    name: 'Relay',
    onOff: true,
  },
  { topic: 'tns1:Device/tnsaxis:Light/Status', deviceClass: 'light', name: 'Light', onOff: true },
  { topic: 'tns1:LightControl/**', deviceClass: 'light', name: 'Light', onOff: true },
  { topic: 'tns1:Device/tnsaxis:Intercom/DoorState', icon: 'mdi:door' },
  { topic: 'tnsaxis:Call/State', icon: 'mdi:phone' },

  { topic: 'tns1:AudioSource/tnsaxis:TriggerLevel', ...SOUND, name: 'Sound' },
  { topic: 'tnsaxis:AudioClassification/*', ...SOUND },
  { topic: 'tnsaxis:AdaptiveAudioDetection/*', ...SOUND, name: 'Adaptive audio detection' },
  { topic: 'tnsaxis:SoundPressureLevel/AboveThresholdUpper', ...SOUND },
  { topic: 'tnsaxis:AudioControl/*', ...DIAGNOSTIC },
  { topic: 'tnsaxis:MediaClip/Playing', deviceClass: 'running', name: 'Playing media clip' },

  { topic: 'tnsaxis:AirQualityMonitor/Vaping', deviceClass: 'smoke', name: 'Vaping' },
  { topic: 'tnsaxis:AirQualityMonitor/Alarm', deviceClass: 'safety', name: 'Air quality alarm' },
  { topic: AIR, item: 'Temperature', deviceClass: 'temperature', unit: '°C', stateClass: 'measurement' },
  { topic: AIR, item: 'Humidity', deviceClass: 'humidity', unit: '%', stateClass: 'measurement' },
  { topic: AIR, item: 'CO2', deviceClass: 'carbon_dioxide', unit: 'ppm', stateClass: 'measurement' },
  { topic: AIR, item: 'AQI', deviceClass: 'aqi', stateClass: 'measurement' },
  { topic: AIR, item: 'PM1.0', deviceClass: 'pm1', ...PARTICLES },
  { topic: AIR, item: 'PM2.5', deviceClass: 'pm25', ...PARTICLES },
  { topic: AIR, item: 'PM4.0', ...PARTICLES },
  { topic: AIR, item: 'PM10.0', deviceClass: 'pm10', ...PARTICLES },
  { topic: AIR, item: 'VOC', name: 'VOC index', stateClass: 'measurement' },
  { topic: AIR, item: 'NOx', name: 'NOx index', stateClass: 'measurement' },
  { topic: AIR, ...OFF, name: 'Air quality' },

  { topic: 'tns1:Device/tnsaxis:HardwareFailure/**', ...PROBLEM },
  { topic: 'tns1:Device/HardwareFailure/**', ...PROBLEM },
  { topic: 'tns1:Device/tnsaxis:RingPowerLimitExceeded', ...PROBLEM },
  { topic: 'tns1:Device/tnsaxis:Network/Lost', ...PROBLEM },
  { topic: 'tns1:VideoSource/tnsaxis:ABR', ...PROBLEM, name: 'Average bit rate' },
  { topic: 'tnsaxis:Storage/Disruption', ...PROBLEM, name: 'Storage disruption' },
  { topic: 'tnsaxis:Storage/Alert', ...PROBLEM, name: 'Storage alert' },
  {
    topic: 'tnsaxis:Storage/Alert',
    item: 'wear',
    ...DIAGNOSTIC,
    name: 'Storage wear',
    unit: '%',
    unknown: UNKNOWN_HEALTH,
  },
  {
    topic: 'tnsaxis:Storage/Alert',
    item: 'temperature',
    ...DIAGNOSTIC,
    name: 'Storage temperature',
    deviceClass: 'temperature',
    unit: '°C',
    stateClass: 'measurement',
    unknown: [-3],
  },
  { topic: 'tnsaxis:Storage/Recording', deviceClass: 'running', name: 'Recording' },
  { topic: 'tns1:Device/tnsaxis:Status/Temperature/Above', deviceClass: 'heat', ...DIAGNOSTIC },
  { topic: 'tns1:Device/tnsaxis:Status/Temperature/Below', deviceClass: 'cold', ...DIAGNOSTIC },
  { topic: 'tns1:Device/tnsaxis:Status/Temperature/Above_or_below', ...PROBLEM },
  { topic: 'tns1:Device/tnsaxis:Status/Temperature/Inside', ...DIAGNOSTIC },
  { topic: 'tns1:Device/tnsaxis:Status/SystemReady', ...RUNNING, name: 'System ready' },
  { topic: 'tns1:Device/tnsaxis:Fan/Status', ...RUNNING, name: 'Fan' },
  { topic: 'tns1:Device/tnsaxis:Heater/Status', ...RUNNING, name: 'Heater' },
  {
    topic: 'tns1:Device/tnsaxis:MQTT/ClientStatus',
    deviceClass: 'connectivity',
    ...DIAGNOSTIC,
    name: 'MQTT client',
  },

  { topic: 'tns1:VideoSource/tnsaxis:DayNightVision', icon: 'mdi:theme-light-dark', name: 'Day vision' },
  { topic: 'tns1:VideoSource/tnsaxis:LiveStreamAccessed', icon: 'mdi:eye', name: 'Live stream accessed' },
  { topic: 'tns1:VideoSource/tnsaxis:Autofocus', ...OFF },
  { topic: 'tns1:PTZController/tnsaxis:Move/*', deviceClass: 'moving' },
  { topic: 'tns1:PTZController/**', icon: 'mdi:camera-control' },

  { topic: 'tns1:UserAlarm/tnsaxis:Recurring/*', ...OFF },
  { topic: 'tns1:Device/tnsaxis:Log/**', ...OFF },
  { topic: 'tns1:Device/tnsaxis:SystemMessage/*', ...DIAGNOSTIC },
  { topic: 'tns1:Device/tnsaxis:Network/*', ...OFF },
  { topic: 'tns1:Device/Monitor/**', ...OFF },
  { topic: 'tns1:RecordingConfig/**', ...OFF },
  { topic: 'tns1:Media/**', ...OFF },
  { topic: 'tnsaxis:MQTT/**', ...OFF },
];
