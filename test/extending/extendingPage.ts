/** A code block of docs/extending.md. */
export interface Block {
  /** The row of the table to which its section belongs: `loss` for "A loss". */
  readonly kind: string;
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

/** A row of the table: the files that a new thing touches. */
export interface Row {
  readonly kind: string;
  readonly files: readonly string[];
  readonly kernels: readonly string[];
  readonly lines: readonly string[];
  readonly tests: readonly string[];
}

/** The code blocks that name a file, in order. */
export function readBlocks(page: string): Block[] {
  return page.split(/^## /m).flatMap((section) => {
    const [title = ''] = section.split('\n');
    const found = [...section.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)];
    return found.map(([, language = '', file = '', text = '']) => ({ kind: kindOf(title), language, file, text }));
  });
}

function kindOf(title: string): string {
  return title.replace(/^An? /, '');
}

export function readTable(page: string): Row[] {
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) => {
    const [kind = '', ...cells] = row.split('|').slice(1, -1);
    const [files = [], kernels = [], lines = [], tests = []] = cells.map((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    );
    return { kind: kind.trim(), files, kernels, lines, tests };
  });
}

/**
 * A text with the changes of a diff, whose lines begin with "+", "-" or a space. Lines that are only added come last.
 * @throws Error where the text does not have the diff's other lines in one place
 */
export function applyDiff(text: string, diff: string): string {
  const lines = diff.split('\n').slice(0, -1);
  const side = (sign: string): string => {
    const own = lines.filter((line) => line.startsWith(sign) || line.startsWith(' '));
    return own.map((line) => `${line.slice(1)}\n`).join('');
  };
  const [before, after] = [side('-'), side('+')];
  if (before === '') return text + after;
  const parts = text.split(before);
  if (parts.length !== 2) throw new Error(`Expected once in the file:\n${before}`);
  return parts.join(after);
}
