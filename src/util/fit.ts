// A payload that says less where its receiver takes no more.

/** As JSON the first of these forms that takes at most `room` bytes, or the last; all but the first say `shortened`. */
export function fitJson(room: number, forms: readonly (() => object)[]): string {
  let text = '';
  for (const [index, form] of forms.entries()) {
    text = JSON.stringify(index === 0 ? form() : { ...form(), shortened: true });
    if (Buffer.byteLength(text) <= room) break;
  }
  return text;
}
