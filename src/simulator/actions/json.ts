// What a simulated device does by JSON APIs: siren and light profiles, its own lights, overlays (PROTOCOLS 8).

import type { Core } from '../core.ts';
import { createEmitter } from '../emitter.ts';
import type { JsonApi } from '../http/json-api.ts';
import { note } from './state.ts';

export function sirenAndLight({ equipment }: Core): JsonApi {
  const turn = (profile: unknown, on: boolean) => {
    if (typeof profile !== 'string' || !equipment.profiles.has(profile)) return undefined;
    equipment.profiles.set(profile, on);
    note(equipment, 'siren', `${on ? 'start' : 'stop'} ${profile}`);
    return on ? { sirenId: 1, lightId: 1 } : {};
  };
  return {
    version: '1.0',
    methods: {
      start: ({ profile }) => turn(profile, true),
      stop({ profile, all }) {
        if (!Array.isArray(all)) return turn(profile, false);
        for (const name of equipment.profiles.keys()) equipment.profiles.set(name, false);
        note(equipment, 'siren', `stop all ${all.join(' ')}`);
        return {};
      },
      getProfiles: () => ({ profiles: [...equipment.profiles.keys()].map(name => ({ name })) }),
      getSupportedVersions: () => ({ apiVersions: ['1.0'] }),
    },
  };
}

export function lightControl(core: Core): JsonApi {
  const { equipment } = core;
  const lightOf = (id: unknown) => equipment.lights.get(String(id));
  const turn = (id: unknown, on: boolean) => {
    const light = lightOf(id);
    if (light === undefined) return undefined;
    light.on = on;
    note(equipment, 'light', `${String(id)} ${on ? 'on' : 'off'}`);
    const number = [...equipment.lights.values()].indexOf(light);
    const data = { state: on ? 'ON' : 'OFF' };
    createEmitter(core).emit('tns1:Device/tnsaxis:Light/Status', { source: { id: number }, data });
    return {};
  };
  return {
    version: '1.0',
    methods: {
      activateLight: ({ lightID }) => turn(lightID, true),
      deactivateLight: ({ lightID }) => turn(lightID, false),
      setManualIntensity({ lightID, intensity }) {
        const light = lightOf(lightID);
        if (light === undefined || typeof intensity !== 'number' || intensity > 1000) return undefined;
        light.intensity = intensity;
        note(equipment, 'light', `${String(lightID)} intensity ${intensity}`);
        return {};
      },
      getSupportedVersions: () => ({ apiVersions: ['1.0'] }),
    },
  };
}

export function dynamicOverlay({ equipment }: Core): JsonApi {
  const { overlays } = equipment;
  return {
    version: '1.8',
    methods: {
      list: () => ({ textOverlays: overlays, imageOverlays: [] }),
      addText({ camera, text }) {
        if (typeof camera !== 'number' || typeof text !== 'string') return undefined;
        const identity = overlays.length + 1;
        overlays.push({ identity, camera, text });
        note(equipment, 'overlay', `add ${identity}`);
        return { camera, identity };
      },
      setText({ identity, text }) {
        const overlay = overlays.find(known => known.identity === identity);
        if (overlay === undefined || typeof text !== 'string') return undefined;
        overlay.text = text;
        note(equipment, 'overlay', `set ${overlay.identity}`);
        return {};
      },
      getSupportedVersions: () => ({ apiVersions: ['1.8'] }),
    },
  };
}
