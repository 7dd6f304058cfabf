import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The direction of data (docs/architecture.md): for each folder of src/, the folders it may import from beside itself.
 * `errors.ts` is open to all but `protocol/`.
 */
const imports = {
  protocol: [],
  native: [],
  random: [],
  merge: ['protocol'],
  train: ['protocol', 'merge'],
  data: ['protocol', 'random'],
  spec: ['protocol', 'merge', 'train', 'data', 'engines/outputLayer.ts', 'engines/layers.ts'],
  engines: ['protocol', 'random', 'train', 'native'],
  workers: ['protocol', 'random', 'merge', 'train', 'data', 'engines'],
  assemble: ['protocol', 'random', 'merge', 'spec', 'engines/layers.ts'],
  coordinator: [
    'protocol',
    'random',
    'native',
    'spec',
    'data',
    'train',
    'merge',
    'assemble',
    'engines/wasm/planning.ts',
  ],
  setup: ['native'],
  report: [],
  run: ['report', 'protocol', 'random', 'spec', 'data', 'merge', 'train', 'assemble', 'coordinator', 'ensemble.ts'],
  experiment: ['run', 'report', 'protocol', 'spec', 'coordinator', 'assemble', 'engines/wasm/planning.ts'],
  cli: [
    'experiment',
    'report',
    'protocol',
    'setup',
    'spec',
    'data',
    'train',
    'assemble',
    'coordinator',
    'run',
    'ensemble.ts',
  ],
};
const zones = Object.entries(imports).map(([folder, allowed]) => ({
  target: `./src/${folder}`,
  from: './src',
  except: [`./${folder}`, ...allowed.map((name) => `./${name}`), ...(folder === 'protocol' ? [] : ['./errors.ts'])],
  message: `src/${folder} may import from: ${allowed.join(', ') || 'nothing of ours'} (docs/architecture.md).`,
}));

export default tseslint.config(
  { ignores: ['dist', 'kernels', 'docs/api', 'runs', 'coverage', 'test/fixtures'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { console: 'readonly', performance: 'readonly', process: 'readonly', URL: 'readonly' },
    },
  },
);
