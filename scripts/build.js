// Builds dist/: the sources bundled into few files, since what a command waits for is the number of files it reads.
//
// Only our own code is bundled. The packages it uses stay as npm installed them, so that a fix in one of them reaches
// everyone without a release of ours. Names are kept and there are no source maps: a stack trace is read as it is.
// Types are checked by `npm run types`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { marked } from 'marked';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = `${ROOT}dist/cli`;

/**
 * A file for each, with all that its modules import and no earlier one has: every command reads the first, `status` the
 * second too, those that work on a data directory the third, `serve` all of them. What else is imported lazily has files
 * of its own.
 */
const LAYERS = {
  main: ['cli/main.ts', 'cli/commands/status.ts'],
  read: ['cli/context/open-to-read.ts', 'admin/status.ts', 'admin/timeline.ts'],
  opened: ['cli/context/open-app.ts'],
  daemon: ['cli/daemon-log.ts', 'serve/daemon.ts'],
};

/** Packages written for `require`, with what we import of each: an `import` of them takes longer. */
const REQUIRED = {
  'better-sqlite3': ['default'],
  commander: ['Argument', 'Command', 'CommanderError', 'InvalidArgumentError', 'Option'],
  fastify: ['default', 'errorCodes', 'fastify'],
  pino: ['destination', 'pino', 'stdTimeFunctions'],
  'proxy-from-env': ['getProxyForUrl'],
  zod: ['z'],
};
const isRequired = (id) => Object.hasOwn(REQUIRED, id);

/** The bundler's own code for newer syntax is bundled too. */
const isPackage = (id) =>
  /^[^./#]/.test(id) && !isRequired(id) && !id.startsWith('@oxc-project/runtime/');

const requirePackages = {
  name: 'require-packages',
  resolveId: (id) => (isRequired(id) ? `#${id}` : undefined),
  load(id) {
    const name = id.slice(1);
    if (id[0] !== '#' || !isRequired(name)) return undefined;
    const exports = REQUIRED[name].map((one) =>
      one === 'default' ? 'export default loaded;' : `export const { ${one} } = loaded;`,
    );
    return `import { createRequire } from 'node:module';
      const loaded = createRequire(import.meta.url)('${name}');
      ${exports.join('\n')}`;
  },
};

/** Maps each module to the file of `LAYERS` that carries it. Call it once all modules are known. */
function layersOf(context) {
  const layerOf = new Map();
  const add = (id, layer) => {
    const module = context.getModuleInfo(id);
    if (layerOf.has(id) || module === null || module.isExternal) return;
    layerOf.set(id, layer);
    for (const imported of module.importedIds) add(imported, layer);
  };
  for (const [layer, files] of Object.entries(LAYERS)) {
    for (const file of files) {
      const id = `${ROOT}src/${file}`;
      if (context.getModuleInfo(id) === null) throw new Error(`There is no src/${file} to build.`);
      add(id, layer);
    }
  }
  return layerOf;
}

async function bundle() {
  const bundler = await rolldown({
    cwd: ROOT,
    input: { main: 'src/cli/main.ts', 'check-file': 'src/store/database/check-file.ts' },
    platform: 'node',
    external: isPackage,
    plugins: [requirePackages],
    preserveEntrySignatures: 'allow-extension',
    transform: { target: 'node20' },
  });
  let layers;
  await bundler.write({
    dir: FOLDER,
    format: 'esm',
    chunkFileNames: '[name].js',
    minifyInternalExports: false,
    codeSplitting: {
      groups: [
        {
          debugName: 'layers',
          // A layer is whole: it would take those of earlier layers too.
          includeDependenciesRecursively: false,
          name: (id, context) => {
            layers ??= layersOf(context);
            return layers.get(id);
          },
        },
      ],
    },
  });
  await bundler.close();
}

/** The help of the program as a whole is printed without loading it. */
async function writeHelp() {
  const { buildProgram } = await import(`${FOLDER}/main.js`);
  const program = await buildProgram(() => Promise.reject(new Error('No command runs here.')));
  let help = '';
  program.configureOutput({
    writeOut: (text) => (help += text),
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  program.outputHelp();
  writeFileSync(`${FOLDER}/help.txt`, help);
}

/** The page for recruiters as HTML. Its comments stay: the program puts the account's own tables between them. */
function writeRecruitersPage() {
  const page = readFileSync(`${ROOT}docs/recruiters.md`, 'utf8');
  writeFileSync(
    `${ROOT}dist/recruiters.html`,
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Coding challenges: for recruiters</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
td, th { text-align: left; padding: 0.2rem 1rem 0.2rem 0 }
code { user-select: all }
</style>
${marked.parse(page)}</html>
`,
  );
}

rmSync(`${ROOT}dist`, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
await bundle();
await writeHelp();
writeRecruitersPage();
