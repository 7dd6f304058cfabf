import { describe, expect, it } from 'vitest';
import { shareGroup } from '../../../src/coordinator/memory.js';
import type { SessionOptions } from '../../../src/coordinator/pass.js';
import { resolveRunOptions, settingsOf } from '../../../src/coordinator/settings.js';
import { SharedMemory } from '../../../src/coordinator/sharedMemory.js';
import type { EngineName } from '../../../src/engines/catalog.js';
import { allocateBell } from '../../../src/protocol/bell.js';
import type { EnsemblePlan } from '../../../src/protocol/plan.js';
import type { SharedMember } from '../../../src/protocol/thread.js';
import { countCompilations, planOf, type ModelKind } from '../engines/plans.js';

const bell = allocateBell();

function share(
  engines: Partial<Record<ModelKind, EngineName>>,
  {
    batchSize = 4,
    memory = new SharedMemory(),
    plan = planOf(...(Object.keys(engines) as ModelKind[])),
  }: { batchSize?: number; memory?: SharedMemory; plan?: EnsemblePlan } = {},
): SharedMember[] {
  const options: SessionOptions = {
    plan,
    compiled: null,
    trains: false,
    states: {},
    engines,
    settings: { ...settingsOf(resolveRunOptions('predict', { batchSize })), threads: 1 },
    setup: null,
    signal: null,
  };
  const names = plan.members.map(({ name }) => name);
  const groups = plan.groups.map((group) => shareGroup(group, options, [names]));
  return memory.share(options, groups, bell);
}

describe('memory for members', () => {
  it('is shared on engines that share work, one after the other in one memory', () => {
    const shared = share({ small: 'wasm', recurrent: 'tfjs', dilated: 'wasm' });
    expect(shared.map(({ plan, engine }) => [plan.name, engine])).toEqual([
      ['small', 'wasm'],
      ['dilated', 'wasm'],
    ]);
    const [small, dilated] = shared;
    expect(small?.memory.buffer).toBe(dilated?.memory.buffer);
    expect(small?.memory.base).toBeGreaterThan(0);
    expect(dilated?.memory.base).toBeGreaterThan(small?.memory.base ?? NaN);
  });

  it('is kept from session to session, and zeroed', () => {
    const memory = new SharedMemory();
    const before = share({ small: 'wasm' }, { memory })[0]?.memory;
    const bytes = () => new Uint8Array(before?.buffer.buffer ?? new SharedArrayBuffer(0), before?.base, 16);
    bytes().fill(1);
    const after = share({ small: 'wasm' }, { memory })[0]?.memory;
    expect(after?.buffer).toBe(before?.buffer);
    expect([...bytes()]).toEqual(Array(16).fill(0));
  });

  it('is laid out once for each member of a session', () => {
    const plan = planOf('small', 'dilated');
    const counted = plan.members.map(countCompilations);
    share({ small: 'wasm', dilated: 'wasm' }, { plan: { ...plan, members: counted.map((member) => member.plan) } });
    expect(counted.map(({ compilations }) => compilations())).toEqual([1, 1]);
  });

  it('is refused to a member that the engine does not cover; the message names the layer and an engine that does', () => {
    expect(() => share({ recurrent: 'wasm' })).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNAVAILABLE',
        message: expect.stringMatching(
          /^The engine "wasm" can't run member "recurrent": layer "\S+" is a LSTM; use engine .*"tfjs"\.$/,
        ) as string,
      }),
    );
  });

  it('is refused to a member that has no room; the message says how much it needs and what to do', () => {
    expect(() => share({ dilated: 'wasm' }, { batchSize: 100_000 })).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNAVAILABLE',
        message: expect.stringMatching(
          /^Member "dilated" needs [\d,]+ MB for batches of 100000, more than the 4,096 MB that the engine "wasm" can address\. Use a smaller `batchSize`, or engine .*"tfjs"\.$/,
        ) as string,
      }),
    );
  });
});
