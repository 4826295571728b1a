// Lint rules: strict types, one-way imports, and the few things that have one home each.
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** The rooms of src/: one may import those of later rows. Only the commands `demo` and `simulator` start the simulator. */
const LINE = [
  ['cli'],
  ['serve'],
  ['admin'],
  ['bridge'],
  ['lever', 'codesubmit'],
  ['net'],
  ['store'],
  ['domain'],
  ['simulator'],
];
const STARTS_THE_SIMULATOR = ['cli/demo', 'cli/commands/simulator'];

/** Inside a room, an entry may import itself and the entries of later rows. `*` is everything that isn't named. */
const ORDER = {
  cli: [
    ['main'],
    ['commands'],
    ['wizard', 'demo'],
    ['command'],
    ['*'],
    ['context', 'terminal'],
    ['process-end'],
  ],
  serve: [
    ['daemon', 'metrics'],
    ['loops', 'http'],
  ],
  admin: [
    ['timeline'],
    ['preview'],
    ['status', 'actions'],
    ['facts'],
    ['setup', 'queries'],
    ['app'],
  ],
  store: [['settings'], ['*'], ['home'], ['database']],
  domain: [['rule-spec', 'decide'], ['*']],
};

/** The one file that writes each table. */
const OWNERS = {
  integration: 'store/integration-store',
  vendors: 'store/integration-store',
  lever_ids: 'store/integration-store',
  rules: 'store/rule-store',
  approvals: 'store/rule-store',
  logins: 'store/logins',
  facts: 'store/facts',
  settings: 'store/settings/settings',
  secrets: 'store/settings/secret-store',
  reply_shapes: 'store/reply-shapes',
  deliveries: 'store/deliveries',
  candidates: 'store/candidates',
  events: 'store/events',
  invitations: 'store/invitations',
  sent_challenges: 'store/sent-list-store',
  writebacks: 'store/writebacks',
};

/** They change the form of a table, or rows of a former version. */
const MIGRATING = ['store/database/schema'];

/** Triggers alone write `counts` and `other_addresses`. */
const WRITTEN = /\b(?:INSERT (?:OR [A-Z]+ )?INTO|UPDATE (?:OR [A-Z]+ )?|DELETE FROM)\s*([a-z_]+)/g;

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'src');

const isWithin = (path, entry) => path === entry || path.startsWith(`${entry}/`);

/** Where a file stands: its folder of src/, and the rest of its path. Undefined for files elsewhere. */
function placeOf(file) {
  const path = relative(SOURCE, file)
    .split(sep)
    .join('/')
    .replace(/\.[jt]s$/, '');
  if (path.startsWith('..')) return undefined;
  const [folder, ...rest] = path.split('/');
  return { path, folder, rest: rest.join('/') };
}

/** The row of `ORDER` that a file belongs to, and its entry there. */
function entryOf({ folder, rest }) {
  let others;
  for (const [row, entries] of ORDER[folder].entries()) {
    for (const entry of entries) {
      if (entry === '*') others = { row, entry };
      else if (isWithin(rest, entry)) return { row, entry };
    }
  }
  return others;
}

const rowOf = (folder) => LINE.findIndex((row) => row.includes(folder));

function mayImport(from, to) {
  if (to.folder === 'simulator' && from.folder !== 'simulator') {
    return STARTS_THE_SIMULATOR.some((entry) => isWithin(from.path, entry));
  }
  if (from.folder !== to.folder) return rowOf(from.folder) < rowOf(to.folder);
  if (ORDER[from.folder] === undefined) return true;
  const [own, other] = [entryOf(from), entryOf(to)];
  if (own === undefined || other === undefined) return false;
  return own.entry === other.entry || own.row < other.row;
}

const oneWay = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'imports between folders run one way' },
  },
  create(context) {
    const from = placeOf(context.filename);
    if (from === undefined) return {};
    if (rowOf(from.folder) < 0) throw new Error(`Name src/${from.folder} in eslint.config.js`);
    const check = (node) => {
      const name = node.source?.value;
      if (typeof name !== 'string' || !name.startsWith('.')) return;
      const to = placeOf(resolve(dirname(context.filename), name));
      if (to === undefined || mayImport(from, to)) return;
      context.report({
        node,
        message: `src/${from.path} may not import ${to.path}: imports run one way.`,
      });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ImportExpression: check };
  },
};

const tableOwner = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'one file writes a table' },
  },
  create(context) {
    const file = placeOf(context.filename);
    if (file === undefined || file.folder === 'simulator' || MIGRATING.includes(file.path))
      return {};
    const check = (node, text) => {
      for (const [, table] of text.matchAll(WRITTEN)) {
        if (table === 'set' || OWNERS[table] === file.path) continue;
        const owner = OWNERS[table] ?? 'no file yet: name its owner in eslint.config.js';
        context.report({ node, message: `The table ${table} is written by ${owner}.` });
      }
    };
    return {
      TemplateElement: (node) => check(node, node.value.raw),
      Literal: (node) => typeof node.value === 'string' && check(node, node.value),
    };
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
    // CommonJS: bin/package.json.
    files: ['bin/*.js'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.test.ts'],
    plugins: { layers: { rules: { 'one-way': oneWay, 'table-owner': tableOwner } } },
    rules: { 'layers/one-way': 'error', 'layers/table-owner': 'error' },
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
    ignores: ['src/cli/**', 'src/domain/clock.ts', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
        { object: 'process', property: 'env', message: 'Take an Environment.' },
        { object: 'process', property: 'exit', message: 'Throw; the CLI ends the process.' },
        { property: 'lend', message: 'Only Database.write makes a Tx.' },
      ],
    },
  },
  {
    // A table is read by its owner, by the bridge's steps, and in one place for all that admins ask.
    files: ['src/{cli,serve,admin}/**/*.ts'],
    ignores: ['src/admin/queries/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels.' },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports.' },
        {
          selector:
            ':matches(TemplateElement[value.raw=/SELECT .*FROM (?!sqlite_)/], Literal[value=/SELECT .*FROM (?!sqlite_)/])',
          message: 'Read tables in admin/queries.',
        },
      ],
    },
  },
  {
    // Whatever opens a file by itself opens it with less than `synchronous = FULL`.
    files: ['src/**/*.ts'],
    ignores: ['src/store/database/**', 'src/**/*.test.ts'],
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
