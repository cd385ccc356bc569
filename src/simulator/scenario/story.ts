// The scenario of the demo: a visitor at a door and in a yard, every few seconds another one.

const PORT = { topic: 'tns1:Device/tnsaxis:IO/Port', source: { port: 1 } };
const BELL = { topic: 'tns1:Device/tnsaxis:IO/VirtualInput', source: { port: 1 } };
const MOTION = { topic: 'tns1:VideoSource/MotionAlarm', source: { Source: '0' } };
const RELAY = { topic: 'tns1:Device/Trigger/Relay', source: { RelayToken: 'AxisRelay1' } };
const LIGHT = { topic: 'tns1:Device/tnsaxis:Light/Status', source: { id: 0 } };
const CARD = { topic: 'tnsaxis:Storage/Alert', source: { disk_id: 'SD_DISK' } };
const OBJECT = { topic: 'tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1' };
const PLATE = { topic: 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates' };

const SEEN = {
  scenarioType: 'motion',
  classTypes: '{pick:human|car|human,bike}',
  objectId: '4{round}7',
  triggerTime: '{now}',
};
const READ = { text: '{pick:ABC123|MLB84A|XYZ987}', country: '{pick:SE|SE|DE}', carID: '{round}' };

/** Goes on for ever; one round takes about seven seconds. */
export const defaultScenario: readonly unknown[] = [
  {
    loop: [
      { after: '500ms', emit: { ...MOTION, data: { State: true } } },
      { after: '400ms', emit: { ...OBJECT, data: { ...SEEN, active: true } } },
      { visitors: 2 },
      { after: '300ms', emit: { ...LIGHT, data: { state: 'ON' } } },
      { after: '700ms', emit: { ...PLATE, data: { ...READ, carState: 'new', consumedTime: 12.5 } } },
      { after: '600ms', emit: { ...BELL, data: { active: true } } },
      { after: '200ms', emit: { ...RELAY, data: { LogicalState: 'active' } } },
      { after: '500ms', emit: { ...PORT, data: { state: true } } },
      { after: '900ms', emit: { ...BELL, data: { active: false } } },
      { after: '400ms', emit: { ...PORT, data: { state: false } } },
      { visitors: 1 },
      { after: '100ms', emit: { ...RELAY, data: { LogicalState: 'inactive' } } },
      { after: '600ms', emit: { ...PLATE, data: { ...READ, carState: 'lost', consumedTime: 9.75 } } },
      { after: '400ms', emit: { ...OBJECT, data: { ...SEEN, active: false } } },
      { after: '300ms', emit: { ...MOTION, data: { State: false } } },
      {
        after: '300ms',
        emit: {
          ...CARD,
          data: { temperature: '{pick:34|36|71}', alert: '{pick:0|0|1}', wear: 2, overall_health: 1 },
        },
      },
      { after: '500ms', emit: { ...LIGHT, data: { state: 'OFF' } } },
    ],
  },
];
