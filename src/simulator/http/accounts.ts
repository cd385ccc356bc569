// The accounts of a device, as its text APIs tell them (pwdgrp.cgi, usergroup.cgi): one, with all rights.
import type { Core } from '../core.ts';

const GROUPS = ['admin', 'operator', 'ptz', 'viewer'];

/** `pwdgrp.cgi?action=get`: who is in each group, and who may log in. */
export function answerGroups({ account }: Core, query: URLSearchParams): string {
  if (query.get('action') !== 'get') return '# Error: Unknown action\n';
  const lines = [...GROUPS, 'digusers'].map(group => `${group}="${account.username}"\n`);
  return lines.join('');
}

/** `usergroup.cgi`: who asks, and the groups of that account. */
export function answerOwnGroups({ account }: Core): string {
  return `${account.username}\n${[account.username, ...GROUPS].join(' ')}\n`;
}
