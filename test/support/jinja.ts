// The template engine that Home Assistant uses, Jinja2 for Python, in the way in which it reads MQTT payloads.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('jinja.py', import.meta.url));

/** Test options for a test that renders templates: it skips where the package is missing, unless CI=true. */
export function needJinja(): { skip: string | false } {
  if (process.env['CI'] === 'true') return { skip: false };
  try {
    execFileSync(PYTHON, ['-c', 'import jinja2'], { stdio: 'ignore' });
    return { skip: false };
  } catch {
    return { skip: 'needs the Python package jinja2 (python3-jinja2)' };
  }
}

/** What each template makes of its payload; throws where one fails. */
export function renderAll(pairs: readonly (readonly [template: string, payload: string])[]): string[] {
  const output = execFileSync(PYTHON, [SCRIPT], { input: JSON.stringify(pairs), encoding: 'utf8' });
  return JSON.parse(output);
}

/** What one template makes of a payload. */
export function render(template: string, payload: string): string {
  return renderAll([[template, payload]])[0] ?? '';
}
