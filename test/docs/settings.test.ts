/** docs/settings.md lists what the table of questions has; `npm run docs` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { settingsTable } from './settings-table.js';

const FILE = fileURLToPath(new URL('../../docs/settings.md', import.meta.url));
const [BEGIN, END] = ['<!-- the table of questions -->\n', '<!-- its end -->\n'];

it('docs/settings.md has each flag, variable and default', () => {
  const page = readFileSync(FILE, 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const expected = `${before}${BEGIN}\n${settingsTable()}\n${END}${after}`;
  if (process.env['WRITE_DOCS'] === '1') writeFileSync(FILE, expected);
  else expect(page).toBe(expected);
});
