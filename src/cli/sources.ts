// The ways to hear a device itself; what its own MQTT client says is at a broker.
import type { Sources } from '../camera/ladder.ts';
import { pullpoint } from '../sources/pullpoint/pullpoint.ts';
import { rtsp } from '../sources/rtsp/rtsp.ts';
import { websocket } from '../sources/websocket/websocket.ts';

export const SOURCES: Sources = { rtsp, websocket, pullpoint };
