/**
 * `forget WHO` beside a running daemon, and what a revoked data directory still does
 * without its key.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOfAll, sealedAmong, valuesAbout } from '../rigs/rows-about.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

let live: ProgramRig;
let daemon: RunningDaemon;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  daemon = await live.serve();
});

afterAll(async () => {
  await live.close();
});

async function invited(name: string): Promise<string> {
  const id = live.candidate(name);
  live.move(id);
  expect(await live.deliver(daemon, id)).toBe(200);
  await eventually(`the link of ${name}`, async () => {
    const { invitations } = await live.status();
    return invitations.find((one) => one.opportunityId === id && one.state === 'linked');
  });
  return id;
}

/** The database and its log, byte by byte. */
function files(): Buffer {
  const names = ['codesubmit-lever.db', 'codesubmit-lever.db-wal'];
  return Buffer.concat(names.map((name) => readFileSync(join(live.home, name))));
}

/** What is encrypted in rows about them. */
const sealedOf = (id: string): Promise<Buffer[]> =>
  live.withApp(({ database }) => sealedAmong(valuesAbout(rowsOfAll(database.connection), [id])));

it('leaves nothing about them in the files, says what remains elsewhere, and invites no one twice', async () => {
  const id = await invited('Willa Canarybird');
  const traces = [Buffer.from('Canarybird'), ...(await sealedOf(id))];
  expect(traces.length).toBeGreaterThan(1);
  expect(traces.every((trace) => files().includes(trace))).toBe(true);
  const dry = await live.run('forget', 'canarybird', '--dry-run');
  expect(dry).toMatchObject({ code: 0 });
  expect(files().includes(traces[0] ?? '')).toBe(true);
  const { code, stderr } = await live.run('forget', 'canarybird', '--yes');
  expect(code).toBe(0);
  for (const place of ['in Lever', 'at CodeSubmit', 'Backend API', 'in backups']) {
    expect(stderr).toContain(place);
  }
  const left = files();
  expect(traces.filter((trace) => left.includes(trace))).toEqual([]);
  expect(await live.deliver(daemon, id)).toBe(200);
  const witness = await invited('Wes Witness');
  const { invitations } = await live.status();
  const own = invitations.filter((one) => one.opportunityId === id);
  expect(own).toMatchObject([{ state: 'linked', candidate: null, link: null }]);
  expect(invitations.some((one) => one.opportunityId === witness)).toBe(true);
  expect(files().includes('Canarybird')).toBe(false);
  expect((await live.status()).integration.problems).toEqual([]);
  expect((await live.run('forget', 'canarybird', '--yes')).code).toBe(1);
});

it('needs a yes off a terminal', async () => {
  await invited('Yan Yesless');
  expect((await live.run('forget', 'yesless')).code).toBe(2);
  expect(files().includes('Yesless')).toBe(true);
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
  expect(files().includes('Rhea')).toBe(false);
});
