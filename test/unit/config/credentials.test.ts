// Password files and certificates: read at load, relative to the configuration, with problems that give nothing away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAMERA, config, load, problems } from './helper.ts';

const broker = (text: string) => `${CAMERA}brokers:\n  main: {url: "mqtts://a", ${text}}\n`;
