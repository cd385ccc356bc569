// Booleans as devices spell them.

/**
 * What means yes and no, in any case: `xsd:boolean` (XML Schema Part 2, 3.3.2), ONVIF's `tt:RelayLogicalState`, and the
 * `ON` and `OFF` of its modes (`tt:IrCutFilterMode`), which lights use too. Words that stand for more than two
 * states, or whose sense depends on the wiring (`open`, `closed`), are none.
 */
const SPELLINGS = new Map<string, boolean>([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
  ['active', true],
  ['inactive', false],
  ['on', true],
  ['off', false],
]);

/** The boolean that a value is or spells; undefined for anything else, numbers included. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? SPELLINGS.get(value.trim().toLowerCase()) : undefined;
}
