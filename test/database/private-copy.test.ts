/** The copy that a preview works on: as the database is, apart from it, and nothing is left of it. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { openPrivateCopy } from '../../src/store/database/copy-file.js';
import { Database } from '../../src/store/database/database.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
afterEach(() => {
  vi.unstubAllEnvs();
});

it.each([
  { where: 'in memory' },
  { where: 'in a file without a name', max: 0 },
  { where: 'in memory, where no file can be', max: 0, hasFolder: false },
])('$where', async ({ where, max, hasFolder = true }) => {
  const temporary = join(folder, where);
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', hasFolder ? temporary : join(temporary, 'none'));
  const database = new Database(join(folder, `${where}.db`));
  database.connection.exec(`CREATE TABLE notes (text); INSERT INTO notes VALUES ('ours')`);
  const copy = openPrivateCopy(database, max);
  expect(copy.connection.memory).toBe(where.startsWith('in memory'));
  const notesIn = (one: Database) => one.all('SELECT text FROM notes');
  const ours = notesIn(database);
  expect(notesIn(copy)).toEqual(ours);
  await copy.write((tx) => tx.run(`INSERT INTO notes VALUES ('theirs')`).changes);
  expect(notesIn(copy)).toHaveLength(2);
  expect(notesIn(database)).toEqual(ours);
  expect(readdirSync(temporary)).toEqual([]);
  copy.close();
  database.close();
  expect(readdirSync(temporary)).toEqual([]);
});

it('what another user puts where the file had its name isn’t read', async () => {
  vi.stubEnv('TMPDIR', folder);
  const database = new Database(join(folder, 'shared.db'));
  database.connection.exec(`CREATE TABLE notes (text); INSERT INTO notes VALUES ('ours')`);
  const copy = openPrivateCopy(database, 0);
  const { name } = copy.connection;
  mkdirSync(dirname(name));
  for (const part of ['-journal', '-wal']) writeFileSync(name + part, 'theirs'.repeat(1_000));
  expect(copy.all('SELECT text FROM notes')).toEqual([{ text: 'ours' }]);
  expect(await copy.write((tx) => tx.run('DELETE FROM notes').changes)).toBe(1);
  copy.close();
  database.close();
});
