import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { EnsembleError } from '../errors.js';
import { describeIssues } from '../text/issues.js';

/**
 * The text of a file that the user named.
 * @throws EnsembleError `CONFIG`
 */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnsembleError('CONFIG', `${file} can't be read: ${reason}`, { cause: error });
  }
}

/**
 * What a YAML text says, as plain data.
 * @param file its name, for messages
 * @throws EnsembleError `CONFIG`
 */
export function parseYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { lineCounter: new LineCounter(), uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax !== undefined)
    throw new EnsembleError('CONFIG', `${file} is not YAML: ${syntax.message}`, { cause: syntax });
  try {
    return document.toJS(); // aliases are looked up here
  } catch (error) {
    throw new EnsembleError('CONFIG', `${file} has an alias that can't be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** What a file says; null where there are problems, one line each. */
export interface Checked<T> {
  readonly value: T | null;
  readonly problems: readonly string[];
}

/** Plain data held against a schema and then rules of its own; tells all that is wrong with it at once. */
export function checkData<Schema extends z.ZodType>(
  given: unknown,
  schema: Schema,
  rules: (parsed: z.output<Schema>) => Iterable<string>,
): Checked<z.output<Schema>> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) return { value: null, problems: describeIssues(parsed.error.issues, schema, given) };
  const problems = [...rules(parsed.data)];
  return { value: problems.length === 0 ? parsed.data : null, problems };
}

/** The error that all mistakes of a file make together. */
export function mistakes(file: string, problems: readonly string[]): EnsembleError {
  return new EnsembleError('CONFIG', `${file} has mistakes:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}
