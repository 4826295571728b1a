/**
 * `forget WHO` beside a running daemon, and what a revoked data directory still does
 * without its key.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ProgramRig } from '../rigs/program.js';
import { closedAfterAll } from '../support/closing.js';

const live = closedAfterAll(await ProgramRig.setUp());
const daemon = await live.serve();

async function invited(name: string): Promise<string> {
  const id = await live.arrive(daemon, name);
  await live.untilLinked(id);
  return id;
}

/** The database and its log, byte by byte. */
function database(): Buffer {
  const names = ['codesubmit-lever.db', 'codesubmit-lever.db-wal'];
  return Buffer.concat(names.map((name) => readFileSync(join(live.home, name))));
}

it('says what remains elsewhere, needs a yes off a terminal, and shows no name any more', async () => {
  const id = await invited('Willa Canarybird');
  expect(await live.run('forget', 'canarybird', '--dry-run')).toMatchObject({ code: 0 });
  expect((await live.run('forget', 'canarybird')).code).toBe(2);
  expect(database().includes('Canarybird')).toBe(true);
  const { code, stderr } = await live.run('forget', 'canarybird', '--yes');
  expect(code).toBe(0);
  for (const place of ['in Lever', 'at CodeSubmit', 'Backend API', 'in backups']) {
    expect(stderr).toContain(place);
  }
  expect(database().includes('Canarybird')).toBe(false);
  const { invitations } = await live.status();
  expect(invitations.find(({ opportunityId }) => opportunityId === id)).toMatchObject({
    ...{ state: 'linked', candidate: null, link: null },
  });
  expect((await live.run('forget', 'canarybird', '--yes')).code).toBe(1);
});

it('works after revoke, as do status and rules', async () => {
  const id = await invited('Rhea Revoked');
  expect(await live.run('revoke', '--yes')).toMatchObject({ code: 0 });
  const status = await live.run('status', '--json');
  expect(status).toMatchObject({ code: 0 });
  expect(status.stdout).toContain('Rhea Revoked');
  const rules = await live.run('rules', 'list', '--json');
  expect(rules).toMatchObject({ code: 0 });
  expect(rules.stdout).toContain('Take-home');
  expect((await live.run('status', 'revoked')).stdout).toContain(id);
  expect((await live.run('forget', 'rhea.revoked@example.com', '--yes')).code).toBe(0);
  expect(database().includes('Rhea')).toBe(false);
});
