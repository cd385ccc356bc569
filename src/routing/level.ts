// One level of an MQTT topic made from what a device or a user says.

// `%` escapes the escape; `/`, `+`, `#` mean something to MQTT; control characters, lone surrogates and
// noncharacters make a broker close the connection (MQTT 5 §1.5.4).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
const UNSAFE = /[%/+#\u0000-\u001f\u007f-\u009f]|\p{Surrogate}|\p{Noncharacter_Code_Point}/gu;
const SAFE = /^[\w:.=-]*$/;

/** The text with what must not stand in a level percent-encoded (its UTF-8 bytes). */
export function topicLevel(text: string): string {
  return SAFE.test(text) ? text : text.replace(UNSAFE, percent);
}

function percent(char: string): string {
  return [...Buffer.from(char)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
