/**
 * JSON for a `<script>` element. Characters that could end the element, open a comment or end a line are escaped.
 * @param digits number of significant digits of numbers that are not integers
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

/** Escapes a text for an HTML element. */
export function htmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
