// The function nodes of a Node-RED flow, run as Node-RED does: the text is the body of a function in a context of its own.
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';

/** A node as a flow's file has it. */
export interface FlowNode {
  id: string;
  type: string;
  z?: string;
  name?: string;
  wires?: string[][];
  [key: string]: unknown;
}

export interface FlowMessage {
  payload?: unknown;
  topic?: string;
  retain?: boolean;
}

/** Runs the function node of that name on a message; gives what it sends, null for nothing. */
export type RunFunction = (name: string, message: FlowMessage) => FlowMessage | null;

/** The flow as it is right after it was deployed: nothing is known yet. */
export function deploy(nodes: readonly FlowNode[]): RunFunction {
  const known = new Map<string, unknown>();
  const flow = {
    get: (key: string) => known.get(key),
    set: (key: string, value: unknown) => void known.set(key, value),
  };
  return (name, message) => {
    const node = nodes.find(one => one.type === 'function' && one.name === name);
    assert.ok(node, `there is no function ${name}`);
    const run = runInNewContext(`(function (msg, flow) {${node['func']}\n})`);
    return run(structuredClone(message), flow);
  };
}
