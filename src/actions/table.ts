// Every device action by the name that commands and triggers give it.
import type { Action } from './action.ts';

export const ACTIONS: Readonly<Record<string, Action>> = {};
