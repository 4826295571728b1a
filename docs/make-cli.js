// Makes docs/cli.md from the built program: every command's own help, so that neither can differ from the other.
//
//   npm run docs            writes it
//   node docs/make-cli.js - prints it
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../dist/cli/main.js';

const FILE = fileURLToPath(new URL('cli.md', import.meta.url));
const WIDTH = 90;

const HEAD = `# Commands

What \`--help\` prints, command by command; \`npm run docs\` makes this page from the program.

- A flag goes before the environment variable in parentheses, and that before what is stored.
- A secret is never a flag's value. It comes from a file (\`-\` is standard input), the variable, a file named by the
  variable with \`_FILE\`, the systemd credentials directory, or a masked prompt.
- Times in JSON are ISO 8601 in UTC; [schemas](schemas) describe each output.

| exit code | when                                                                   |
| --------- | ---------------------------------------------------------------------- |
| 0         | done                                                                   |
| 1         | failed, such as a vendor, a check of \`doctor\`, or a second daemon      |
| 2         | wrong usage                                                            |
| 78        | not set up, revoked, no key, a broken configuration, or another schema |
| 130       | interrupted                                                            |
`;

function helpOf(command) {
  let text = '';
  command.configureOutput({
    writeOut: (more) => {
      text += more;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

function nameOf(command) {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** `__complete` is for the shells. */
function isShown(command) {
  return !command.name().startsWith('_');
}

function sectionsOf(command) {
  const depth = nameOf(command).split(' ').length;
  const section = `${'#'.repeat(depth + 1)} ${nameOf(command)}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`;
  return [section, ...command.commands.filter(isShown).flatMap(sectionsOf)];
}

const program = await buildProgram(() => Promise.reject(new Error('no command runs here')));
const page = [HEAD, ...sectionsOf(program)].join('\n');
if (process.argv[2] === '-') process.stdout.write(page);
else writeFileSync(FILE, page);
