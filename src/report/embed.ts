/**
 * JSON inside a `<script>` element: nothing in it can end the element, open a comment, or end a line where a parser counts lines.
 * @param digits significant ones that are kept of a number that is not whole
 */
export function scriptJson(value: unknown, digits: number): string {
  const short = (_key: string, item: unknown): unknown =>
    typeof item === 'number' && !Number.isInteger(item) && Number.isFinite(item)
      ? Number(item.toPrecision(digits))
      : item;
  return JSON.stringify(value, short).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text inside an element. */
export function htmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
