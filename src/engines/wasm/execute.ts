import { cutRows, type Op, type Shard } from './program.js';

type RowOp = Extract<Op, { each: 'row' }>;
type ShardOp = Extract<Op, { each: 'shard' }>;

/** Work in parts. The parts may run at the same time, each in any thread. The next segment begins when all of them are done. */
export interface Segment {
  parts(rows: number): number;
  run(part: number, rows: number): void;
}

/**
 * Joins ops into as few segments as possible: only an op that needs the whole batch ends a segment. Within a shard, neighbouring ops that
 * run once for each row are joined too, and run row by row.
 */
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

/** Tasks that are independent of each other. */
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
