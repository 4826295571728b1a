// Lint rules: strict types, one-way imports, and the few things that have one home each.
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
  inbox: ['domain', 'decide', 'database', 'integration', 'invitations'],
  ingress: ['domain', 'inbox'],
  'http-client': ['domain'],
  lever: ['domain', 'http-client', 'inbox', 'writebacks'],
  codesubmit: ['domain', 'http-client', 'invitations'],
  simulator: [],
  app: [
    'domain',
    'decide',
    'database',
    'config',
    'integration',
    'writebacks',
    'invitations',
    'inbox',
    'ingress',
    'http-client',
    'lever',
    'codesubmit',
  ],
  cli: ['domain', 'config', 'app', 'database', 'simulator'],
};

/** Vendors know only the ports that they satisfy, not the steps behind them. */
const PORTS_ONLY = new Set(['lever', 'codesubmit']);

function forbiddenFor(folder, allowed) {
  const others = Object.keys(MAY_IMPORT).filter(
    (other) => other !== folder && !allowed.includes(other),
  );
  const patterns = others.map((other) => ({
    group: [`**/${other}/*`],
    message: `src/${folder} may not import src/${other}: imports run one way.`,
  }));
  if (PORTS_ONLY.has(folder)) {
    patterns.push({
      regex: '/(inbox|invitations|writebacks)/(?!.*-port\\.js$)',
      message: 'A vendor knows only the port that it satisfies.',
    });
  }
  return patterns;
}

const layers = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns: forbiddenFor(folder, allowed) }] },
}));

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
  ...layers,
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
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
  {
    files: ['**/*.js', 'vitest.config.ts'],
    ...tseslint.configs.disableTypeChecked,
    rules: {
      ...tseslint.configs.disableTypeChecked.rules,
      'no-restricted-syntax': 'off',
      'no-var': 'off',
      'prefer-const': 'off',
    },
  },
);
