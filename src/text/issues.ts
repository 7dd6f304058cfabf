import type { z } from 'zod';
import { didYouMeanOneOf } from './names.js';

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** An issue about unknown keys, with the keys that the schema has. */
type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys & { readonly known?: readonly string[] };

/** The types of zod and JSON Schema in the words of YAML. */
export const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'an integer',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  record: 'a mapping',
  object: 'a mapping',
};

/** A line for each mistake: its path, the expected value, the found value, and the most similar name. */
export function describeIssues(issues: readonly Issue[], schema: Schema, found: unknown): string[] {
  return issues.flatMap(innermost).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const { known = keysAt(schema, issue.path) }: UnknownKeys = issue;
      return issue.keys.map((key) => `${pathOf([...issue.path, key])}: unknown key${didYouMeanOneOf(key, known)}`);
    }
    const value = valueAt(found, issue.path);
    const received = value === undefined ? 'nothing' : JSON.stringify(value);
    return [`${pathOf(issue.path) || 'the file'}: expected ${expectationOf(issue)}, found ${received}`];
  });
}

/**
 * The issues of a schema that a transformation has chosen by the value. {@link describeIssues} does not know that schema, so issues about
 * unknown keys get its keys.
 */
export function issuesOf(schema: z.ZodType, value: unknown): z.core.$ZodRawIssue[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map((issue) => {
    const known = issue.code === 'unrecognized_keys' ? { known: keysAt(schema, issue.path) } : {};
    return { ...issue, ...known, input: value } as z.core.$ZodRawIssue;
  });
}

/** The mistakes inside a value of a union, if its kind is right; else the issue itself. */
export function innermost(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((branch) => branch.every(({ path }) => path.length > 0));
  if (meant === undefined || meant.length === 0) return [issue];
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(innermost);
}

/** The rule that an issue breaks, in words: `a number > 0`. */
export function expectationOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return limitOf(issue.origin, issue.inclusive === false ? '>' : '>=', issue.minimum);
    case 'too_big':
      return limitOf(issue.origin, issue.inclusive === false ? '<' : '<=', issue.maximum);
    case 'invalid_key':
      return 'a name that is not empty';
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectationOf)))].join(' or ');
    default:
      return issue.message;
  }
}

function limitOf(origin: string, relation: string, limit: number | bigint): string {
  // All minimum lengths are 1.
  if (origin === 'string') return 'a text that is not empty';
  if (origin === 'array') return 'a list that is not empty';
  return `a number ${relation} ${limit}`;
}

/** `nets.cnn[3].dense` */
export function pathOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
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
    case 'lazy':
      return keysAt(def.getter(), path);
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
