/**
 * `forget WHO` beside a running daemon, and what a revoked data directory still does
 * without its key.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

let live: ProgramRig;
let daemon: RunningDaemon;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  daemon = await live.serve();
});

afterAll(() => live.close());

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
  await live.succeed('forget', 'canarybird', '--dry-run');
  expect((await live.run('forget', 'canarybird')).code).toBe(2);
  expect(database().includes('Canarybird')).toBe(true);
  const { stderr } = await live.succeed('forget', 'canarybird', '--yes');
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
  await live.succeed('revoke', '--yes');
  const status = await live.succeed('status', '--json');
  expect(status.stdout).toContain('Rhea Revoked');
  const rules = await live.succeed('rules', 'list', '--json');
  expect(rules.stdout).toContain('Take-home');
  expect((await live.run('status', 'revoked')).stdout).toContain(id);
  await live.succeed('forget', 'rhea.revoked@example.com', '--yes');
  expect(database().includes('Rhea')).toBe(false);
});
