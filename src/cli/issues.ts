import type { z } from 'zod';
import { nearest } from '../spec/compile.js';

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** A line for each mistake: where, what was expected, what was found, and what may have been meant. */
export function describeIssues(issues: readonly Issue[], schema: Schema, found: unknown): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(issue.path, key, keysAt(schema, issue.path)));
    }
    const value = valueAt(found, issue.path);
    const received = value === undefined ? 'nothing' : JSON.stringify(value);
    return [`${pathOf(issue.path) || 'the file'}: ${expectationOf(issue)}, found ${received}`];
  });
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const hint = near === undefined ? `expected one of ${known.join(', ')}` : `did you mean "${near}"?`;
  return `${pathOf([...path, key])}: unknown key; ${hint}`;
}

/** zod's words without its "received", which speaks of types where the value says more. */
function expectationOf(issue: Issue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectationOf)))].join(' or ');
  }
  return issue.message.replace(/^Invalid (input|option): /, '').replace(/, received .*$/, '');
}

/** `nets.cnn[3].dense` */
function pathOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** The keys that the schema has at a path. */
function keysAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  const { def } = schema._zod as { def: z.core.$ZodTypes['_zod']['def'] };
  const [key, ...rest] = path;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return keysAt(def.innerType, path);
    case 'union':
      return def.options.flatMap((option) => keysAt(option, path));
    case 'array':
      return key === undefined ? [] : keysAt(def.element, rest);
    case 'record':
      return key === undefined ? [] : keysAt(def.valueType, rest);
    case 'object': {
      if (key === undefined) return Object.keys(def.shape);
      const inner = def.shape[String(key)];
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    default:
      return [];
  }
}
