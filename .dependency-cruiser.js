/**
 * The directions of imports (docs/architecture.md), type imports included: for each room of src/, the rooms and files that it may import from.
 * A room stands below those that it imports from. Every room may import `errors.ts`, but for `protocol/`.
 */
const rooms = {
  protocol: [],
  text: [],
  random: [],
  'files.ts': [],
  registry: ['protocol', 'text'],
  merge: ['protocol', 'text', 'registry'],
  train: ['protocol', 'text', 'registry', 'merge'],
  data: ['protocol', 'text', 'registry', 'random'],
  model: ['protocol', 'text', 'random', 'files.ts'],
  plan: ['protocol', 'text', 'registry', 'merge', 'train', 'data', 'model'],
  engines: ['protocol', 'text', 'random', 'registry', 'train', 'model'],
  callbacks: ['protocol', 'text', 'registry', 'files.ts', 'train'],
  workers: ['protocol', 'random', 'merge', 'train', 'data', 'engines'],
  assemble: ['protocol', 'text', 'files.ts', 'registry', 'merge', 'train', 'model', 'plan'],
  coordinator: ['protocol', 'text', 'random', 'registry', 'train', 'plan', 'engines', 'callbacks'],
  'ensemble.ts': [
    'protocol',
    'text',
    'registry',
    'train',
    'model',
    'plan',
    'engines',
    'callbacks',
    'assemble',
    'coordinator',
  ],
  config: [
    'protocol',
    'text',
    'registry',
    'merge',
    'train',
    'data',
    'model',
    'plan',
    'engines',
    'callbacks',
    'coordinator',
    'ensemble.ts',
  ],
  'extend.ts': ['protocol', 'registry', 'merge', 'train', 'data', 'callbacks'],
  install: ['engines'],
  report: ['text', 'train'],
  run: [
    'protocol',
    'text',
    'files.ts',
    'merge',
    'train',
    'plan',
    'engines',
    'callbacks',
    'assemble',
    'coordinator',
    'ensemble.ts',
    'config',
    'report',
  ],
  experiment: ['protocol', 'text', 'files.ts', 'train', 'engines', 'callbacks', 'config', 'run', 'report'],
  cli: [
    'protocol',
    'text',
    'files.ts',
    'train',
    'data',
    'engines',
    'callbacks',
    'coordinator',
    'ensemble.ts',
    'report',
    'run',
    'install',
    'experiment',
  ],
};

/** Further limits within what a room may import: other rooms come in by these files alone. */
const doors = [
  {
    name: 'engines-by-their-doors',
    comment: 'The coordinator knows engines by their catalogue alone, threads by the interface of an engine.',
    from: { path: '^src/(coordinator|config|run|experiment|cli|workers|ensemble[.]ts)' },
    to: { path: '^src/engines/(?!(catalog|choose|engine|index|memberError)[.]ts$)' },
  },
  {
    name: 'threads-do-not-see-the-main-thread',
    comment: 'workers/ is started by its file name; nothing imports it.',
    from: { pathNot: '^src/workers/' },
    to: { path: '^src/workers/' },
  },
];

const pathOf = (room) => `^src/${room.replace('.', '[.]')}${room.endsWith('.ts') ? '$' : '/'}`;

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'A circle of imports, of types too. Move what both need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-room-without-a-rule',
      comment: 'Add the room to .dependency-cruiser.js and to docs/architecture.md.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(index|errors)[.]ts$', '[.]d[.]ts$', ...Object.keys(rooms).map(pathOf)] },
      to: {},
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports-downwards`,
      comment: `src/${room} may import from: ${allowed.join(', ') || 'nothing of ours'}.`,
      severity: 'error',
      from: { path: pathOf(room) },
      to: {
        path: '^src/',
        pathNot: [pathOf(room), ...allowed.map(pathOf), ...(room === 'protocol' ? [] : ['^src/errors[.]ts$'])],
      },
    })),
    ...doors.map((door) => ({ severity: 'error', ...door })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
