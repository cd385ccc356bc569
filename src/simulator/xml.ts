// Text and attribute values of XML, written by hand.

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 §2.2 forbids just these
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

/** Most values; they cost one look. */
const PLAIN = /^[\w .:/+-]*$/;

/** The text as XML content or attribute value; a character that XML 1.0 cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, char => ENTITIES[char] ?? char)
    .replace(/[\t\n\r]/g, char => `&#${char.charCodeAt(0)};`);
}
