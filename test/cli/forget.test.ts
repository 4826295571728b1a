/**
 * `forget WHO` and retention beside a running daemon, and what a revoked data directory still does
 * without its key.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

function sealedOf(id: string): Buffer[] {
  const database = new Sqlite(join(live.home, 'codesubmit-lever.db'), { readonly: true });
  const row = database
    .prepare<[string], { email: Buffer; link: Buffer }>(
      'SELECT sealed_email AS email, sealed_link AS link FROM invitations WHERE opportunity_id = ?',
    )
    .get(id);
  database.close();
  if (!row) throw new Error('no such invitation');
  return [row.email, row.link];
}

it('leaves nothing about them in the files, says what remains elsewhere, and invites no one twice', async () => {
  const id = await invited('Willa Canarybird');
  const traces = [Buffer.from('Canarybird'), ...sealedOf(id)];
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

it('the daemon erases by itself after the retention days, and adopts changed days at once', async () => {
  const id = await invited('Rita Retained');
  const recent = await invited('Nora New');
  const database = new Sqlite(join(live.home, 'codesubmit-lever.db'));
  // The first sweep after sending finds news; here it must come before the days are over.
  await live.setUp();
  const current = database.prepare<[string], { reason: string }>(
    'SELECT reason FROM decisions WHERE opportunity_id = ? AND is_current = 1',
  );
  await eventually('Rita is decided on again', () =>
    current.get(id)?.reason === 'already_invited' ? true : undefined,
  );
  const back = 3 * 86_400_000;
  for (const change of [
    'decisions SET decided_at = decided_at',
    'deliveries SET received_at = received_at',
    'invitations SET linked_at = linked_at',
    'invitations SET progress_at = progress_at',
  ]) {
    database.prepare(`UPDATE ${change} - ${String(back)} WHERE opportunity_id = ?`).run(id);
  }
  database
    .prepare(
      `UPDATE invitations SET promised_at = promised_at - ${String(back)} WHERE opportunity_id = ?`,
    )
    .run(id);
  database
    .prepare(
      `UPDATE attempts SET at = at - ${String(back)}
       WHERE invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = ?)`,
    )
    .run(id);
  database.close();
  expect((await live.status()).invitations.find((one) => one.opportunityId === id)).toMatchObject({
    candidate: 'Rita Retained',
  });
  await live.setUp('--retention-days', '2');
  await eventually('Rita is erased', async () => {
    const { invitations } = await live.status();
    return invitations.find((one) => one.opportunityId === id)?.candidate === null || undefined;
  });
  expect(await live.deliver(daemon, id)).toBe(200);
  const witness = await invited('Vera Witness');
  const { invitations } = await live.status();
  const found = (of: string) => invitations.filter((one) => one.opportunityId === of);
  expect(found(id)).toMatchObject([{ state: 'linked', candidate: null, link: null }]);
  expect(found(recent)).toMatchObject([{ candidate: 'Nora New' }]);
  expect(found(witness)).toHaveLength(1);
  expect(files().includes('Retained')).toBe(false);
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
