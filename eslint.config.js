// Lint rules: strict types, one-way imports, and the few things that have one home each.
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** What each folder may import of the others; it may always import itself. */
const MAY_IMPORT = {
  domain: [],
  decide: ['domain'],
  database: ['domain'],
  config: ['domain', 'database'],
  integration: ['domain', 'decide', 'database'],
  writebacks: ['domain', 'database', 'config', 'integration'],
  invitations: ['domain', 'decide', 'database', 'config', 'integration', 'writebacks'],
  results: ['domain', 'database', 'config', 'integration', 'invitations'],
  inbox: ['domain', 'decide', 'database', 'config', 'integration', 'invitations'],
  webhooks: ['domain', 'database', 'config', 'integration'],
  alarms: ['domain', 'database', 'http-client'],
  postings: ['domain'],
  ingress: ['domain', 'inbox'],
  'http-client': ['domain'],
  lever: ['domain', 'http-client'],
  codesubmit: ['domain', 'config', 'http-client'],
  simulator: [],
  app: [
    'alarms',
    'domain',
    'decide',
    'database',
    'config',
    'integration',
    'postings',
    'webhooks',
    'writebacks',
    'invitations',
    'results',
    'inbox',
    'ingress',
    'http-client',
    'lever',
    'codesubmit',
  ],
  cli: ['domain', 'config', 'app', 'codesubmit', 'database', 'simulator'],
};

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'src');

/** The folder of src/ that a file belongs to; undefined for files elsewhere. */
function folderOf(file) {
  const path = relative(SOURCE, file);
  return path.startsWith('..') ? undefined : path.split(sep)[0];
}

const oneWay = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'imports between folders run one way' },
  },
  create(context) {
    const own = folderOf(context.filename);
    const allowed = MAY_IMPORT[own];
    if (allowed === undefined || context.filename.endsWith('.test.ts')) return {};
    const check = (node) => {
      const name = node.source?.value;
      if (typeof name !== 'string' || !name.startsWith('.')) return;
      const folder = folderOf(resolve(dirname(context.filename), name));
      if (folder !== own && !allowed.includes(folder)) {
        context.report({
          node,
          message: `src/${own} may not import ${name}: imports run one way.`,
        });
      }
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ImportExpression: check };
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'bin/*.js'] },
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels.' },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { layers: { rules: { 'one-way': oneWay } } },
    rules: { 'layers/one-way': 'error' },
  },
  {
    // Vendors and candidates choose the texts: an expression that can backtrack would stop the event loop.
    files: ['src/**/*.ts', 'bin/**/*.js'],
    ignores: ['src/**/*.test.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    // The clock, the environment and the end of the process have one home each.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
        { object: 'process', property: 'env', message: 'Take an Environment.' },
        { object: 'process', property: 'exit', message: 'Throw; the CLI ends the process.' },
      ],
    },
  },
  {
    // Whatever opens a file by itself opens it with less than `synchronous = FULL`.
    files: ['src/**/*.ts'],
    ignores: ['src/database/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'better-sqlite3', message: 'Open a Database.' }] },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Replies and rows are read as they come; the assertions say what they must be.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.js', '**/vitest.config.ts'],
    ...tseslint.configs.disableTypeChecked,
    rules: {
      ...tseslint.configs.disableTypeChecked.rules,
      'no-restricted-syntax': 'off',
      'no-var': 'off',
      'prefer-const': 'off',
    },
  },
);
