import { cutRows, type Op, type Shard } from './program.js';

type RowOp = Extract<Op, { each: 'row' }>;
type ShardOp = Extract<Op, { each: 'shard' }>;

/** Work in parts that may be done at the same time, each by any thread; the next segment begins when all are done. */
export interface Segment {
  parts(rows: number): number;
  run(part: number, rows: number): void;
}

/** Puts together what a shard can do without waiting for the others, and what it does row by row. */
export function segmentsOf(ops: readonly Op[]): Segment[] {
  const segments: Segment[] = [];
  let steps: (ShardOp | RowOp[])[] | null = null;
  for (const op of ops) {
    if (op.each === 'batch') {
      segments.push(tasksSegment([op.run.bind(op)]));
      steps = null;
      continue;
    }
    if (steps === null) {
      steps = [];
      segments.push(shardsSegment(steps));
    }
    const last = steps.at(-1);
    if (op.each === 'shard') steps.push(op);
    else if (Array.isArray(last)) last.push(op);
    else steps.push([op]);
  }
  return segments;
}

/** Tasks that don't depend on each other. */
export function tasksSegment(tasks: readonly ((rows: number) => void)[]): Segment {
  return {
    parts: () => tasks.length,
    run: (part, rows) => tasks[part]?.(rows),
  };
}

function shardsSegment(steps: readonly (ShardOp | readonly RowOp[])[]): Segment {
  return {
    parts: (rows) => cutRows(rows).length,
    run(part, rows) {
      const shard = cutRows(rows)[part];
      if (shard !== undefined) runShard(steps, shard);
    },
  };
}

function runShard(steps: readonly (ShardOp | readonly RowOp[])[], shard: Shard): void {
  for (const step of steps) {
    if ('run' in step) step.run(shard);
    else for (let row = shard.first; row < shard.first + shard.rows; row++) for (const op of step) op.run(row, shard);
  }
}
