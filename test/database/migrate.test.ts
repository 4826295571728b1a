/**
 * Upgrades a file to this program's schema after a copy, completely or not at all, and refuses a
 * newer one.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SealedPlace, bindSealed, Sealer } from '../../src/storage/home/sealer.js';
import { Database } from '../../src/storage/database/database.js';
import {
  eraseCopies,
  migrate,
  requireCurrentSchema,
  schemaVersion,
} from '../../src/storage/database/migrate.js';
import { MIGRATIONS, type Migration } from '../../src/storage/database/migrations.js';
import { SentListStore } from '../../src/pipeline/invitations/sent-list-store.js';
import { sealBefore } from '../support/sealed-before.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let file: string;
let database: Database;
let number = 0;

beforeEach(() => {
  file = join(folder, `${String(++number)}.db`);
  database = new Database(file);
});

afterEach(() => {
  database.close();
});

const first: Migration = { name: 'first', sql: `CREATE TABLE a (x); INSERT INTO a VALUES ('old')` };
const second: Migration = { name: 'second', sql: `CREATE TABLE b (x); UPDATE a SET x = 'new'` };
const third: Migration = { name: 'third', sql: 'CREATE TABLE c (x)' };
const broken: Migration = {
  name: 'broken',
  sql: 'CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)',
};

function tablesOf(of: Database): unknown[] {
  return of.connection
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
}

const mismatch = expect.objectContaining({ code: 'schema_mismatch' }) as Error;

describe('a fresh file', () => {
  it('gets the whole schema, without a copy', () => {
    migrate(database, file);
    expect(schemaVersion(database)).toBe(MIGRATIONS.length);
    expect(() => {
      requireCurrentSchema(database);
    }).not.toThrow();
    expect(tablesOf(database)).toContain('invitations');
    expect(existsSync(`${file}.schema-0`)).toBe(false);
    expect(database.connection.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('changes what is remembered by statements only, never by triggers', () => {
    migrate(database, file);
    const triggers = database.connection
      .prepare<[], string>(`SELECT sql FROM sqlite_schema WHERE type = 'trigger'`)
      .pluck()
      .all();
    expect(triggers.length).toBeGreaterThan(5);
    expect(triggers.join('\n')).not.toMatch(
      /(?:UPDATE|INTO|FROM) (?:integration|rules|settings)\b/,
    );
  });

  it('that has it already stays as it is', () => {
    migrate(database, file);
    const before = database.connection.pragma('schema_version', { simple: true });
    migrate(database, file);
    expect(database.connection.pragma('schema_version', { simple: true })).toBe(before);
    expect(existsSync(`${file}.schema-${String(MIGRATIONS.length)}`)).toBe(false);
  });
});

describe('an older file', () => {
  beforeEach(() => {
    migrate(database, file, [first]);
  });

  it('is copied, then upgraded', () => {
    migrate(database, file, [first, second, third]);
    expect(schemaVersion(database)).toBe(3);
    expect(tablesOf(database)).toEqual(['a', 'b', 'c']);
    expect(database.connection.prepare('SELECT x FROM a').pluck().get()).toBe('new');
    const copy = new Database(`${file}.schema-1`, { isReadOnly: true });
    expect(schemaVersion(copy)).toBe(1);
    expect(tablesOf(copy)).toEqual(['a']);
    expect(copy.connection.prepare('SELECT x FROM a').pluck().get()).toBe('old');
    copy.close();
  });

  it('is copied again if it was used after a failed upgrade', () => {
    expect(() => {
      migrate(database, file, [first, broken]);
    }).toThrow();
    database.connection.exec(`UPDATE a SET x = 'used since'`);
    migrate(database, file, [first, second]);
    const copy = new Database(`${file}.schema-1`, { isReadOnly: true });
    expect(copy.connection.prepare('SELECT x FROM a').pluck().get()).toBe('used since');
    copy.close();
  });

  it('has a copy of each schema that an upgrade started from', () => {
    expect(() => {
      migrate(database, file, [first, second, broken]);
    }).toThrow();
    migrate(database, file, [first, second, third]);
    for (const [version, value] of [
      [1, 'old'],
      [2, 'new'],
    ]) {
      const copy = new Database(`${file}.schema-${String(version)}`, { isReadOnly: true });
      expect(schemaVersion(copy)).toBe(version);
      expect(copy.connection.prepare('SELECT x FROM a').pluck().get()).toBe(value);
      copy.close();
    }
  });

  it('has a copy that only its owner may read, and that is erased with the secrets in it', () => {
    migrate(database, file, [first, second]);
    expect(statSync(`${file}.schema-1`).mode & 0o777).toBe(0o600);
    eraseCopies(file);
    expect(existsSync(`${file}.schema-1`)).toBe(false);
    expect(existsSync(file)).toBe(true);
  });

  it('replaces a copy cut off by a kill', () => {
    writeFileSync(`${file}.schema-1.partial`, 'half of a copy');
    migrate(database, file, [first, second]);
    expect(existsSync(`${file}.schema-1.partial`)).toBe(false);
    const copy = new Database(`${file}.schema-1`, { isReadOnly: true });
    expect(copy.connection.prepare('SELECT x FROM a').pluck().get()).toBe('old');
    copy.close();
  });

  it('is old or new, never in between: a failed step leaves nothing', () => {
    expect(() => {
      migrate(database, file, [first, broken]);
    }).toThrow();
    expect(schemaVersion(database)).toBe(1);
    expect(tablesOf(database)).toEqual(['a']);
    expect(database.connection.inTransaction).toBe(false);
  });

  it('keeps the steps before the failed one, and continues from there', () => {
    expect(() => {
      migrate(database, file, [first, second, broken]);
    }).toThrow();
    expect(schemaVersion(database)).toBe(2);
    expect(tablesOf(database)).toEqual(['a', 'b']);
    migrate(database, file, [first, second, third]);
    expect(schemaVersion(database)).toBe(3);
  });
});

describe('the step to visits', () => {
  const step = MIGRATIONS.findIndex(({ name }) => name === 'visits');
  const rows = (sql: string): unknown => database.connection.prepare(sql).raw().all();

  it('dates rules by our own time, minus the clock’s possible error, and moves approvals to their rule', () => {
    migrate(database, file, MIGRATIONS.slice(0, step));
    const rule = (id: number, createdAt: number) =>
      `INSERT INTO rules (id, stage_id, stage_name, tag, tag_key, challenge_id, challenge_name,
         delay_minutes, reuse_days, position, created_at, count_from)
       VALUES (${id}, 's', 'S', 't${id}', 't${id}', 'c', 'C', 0, 365, 0, ${createdAt}, 0);`;
    database.connection.exec(
      `${rule(1, 1_000_000)} ${rule(2, 2_000_000)} UPDATE integration SET clock_lead_ms = 90000;
       INSERT INTO approvals VALUES ('o', 'c', 's', 5, 'existing', 1000000), ('p', 'c', 's', 6, 'brake', 7);
       INSERT INTO opportunities (id, visit_at, moved_at, seen_at) VALUES ('o', 5, 5, 9);`,
    );
    migrate(database, file, MIGRATIONS.slice(0, step + 1));
    expect(rows('SELECT activated_at FROM rules ORDER BY id')).toEqual([[850_000], [1_850_000]]);
    expect(rows('SELECT * FROM activation_approvals')).toEqual([[1, 'o', 5]]);
    expect(rows('SELECT opportunity_id, reason FROM approvals')).toEqual([['p', 'brake']]);
    expect(rows('SELECT visit_at, is_visit_known, moved_at FROM opportunities')).toEqual([
      [5, null, null],
    ]);
  });

  it('doesn’t trust a clock that is behind', () => {
    migrate(database, file, MIGRATIONS.slice(0, step));
    database.connection.exec(
      `INSERT INTO rules (id, stage_id, stage_name, tag, tag_key, challenge_id, challenge_name,
         delay_minutes, reuse_days, position, created_at, count_from)
       VALUES (1, 's', 'S', 't', 't', 'c', 'C', 0, 365, 0, 1000000, 0);
       UPDATE integration SET clock_lead_ms = -90000;`,
    );
    migrate(database, file, MIGRATIONS.slice(0, step + 1));
    expect(rows('SELECT activated_at FROM rules')).toEqual([[940_000]]);
  });
});

describe('secrets encrypted before they were bound to their places', () => {
  const key = Buffer.alloc(32, 7);
  const places: SealedPlace[] = [
    { column: 'secrets.sealed', row: [1, 'lever_api_key'] },
    { column: 'pending_logins.sealed', row: ['AB'.repeat(32)] },
    { column: 'webhooks.sealed_token', row: [1] },
    { column: 'invitations.sealed_email', row: ['o"1', 'c', 0] },
    { column: 'invitations.sealed_link', row: ['o"1', 'c', 0] },
    { column: 'writebacks.sealed_note', row: ['o"1', 'note', 't'] },
  ];

  const valueAt = ({ column }: SealedPlace): Buffer => {
    const [table = '', name = ''] = column.split('.');
    return database.connection.prepare<[], Buffer>(`SELECT ${name} FROM ${table}`).pluck().get()!;
  };
  const isUnbound = () =>
    database.connection.prepare('SELECT unbound_secrets FROM integration').pluck().get() === 1;

  function fillBefore(): void {
    const before = MIGRATIONS.findIndex(({ name }) => name === 'unbound secrets');
    migrate(database, file, MIGRATIONS.slice(0, before));
    const sealed = (column: string) => sealBefore(key, `the ${column}`);
    const run = (sql: string, ...values: unknown[]) => database.connection.prepare(sql).run(values);
    run(`INSERT INTO secrets VALUES (1, 'lever_api_key', ?, 1, NULL)`, sealed('secrets.sealed'));
    run(
      'INSERT INTO pending_logins VALUES (?, ?, 1, 2, NULL)',
      Buffer.alloc(32, 0xab),
      sealed('pending_logins.sealed'),
    );
    run(
      `INSERT INTO webhooks VALUES (1, 'e', 'u', 'in_use', 1, 'v', ?, 1, NULL)`,
      sealed('webhooks.sealed_token'),
    );
    run(
      `INSERT INTO invitations (opportunity_id, challenge_id, challenge_name, visit_stage_id, visit_at,
         email_hash, sealed_email, sealed_link, reuse_ms, state, promised_at, next_attempt_at, created_at)
       VALUES ('o"1', 'c', 'C', 's', 1, x'00', ?, ?, 1, 'invited', 1, 1, 1)`,
      sealed('invitations.sealed_email'),
      sealed('invitations.sealed_link'),
    );
    run(
      `INSERT INTO writebacks (invitation_id, opportunity_id, kind, topic, state, sealed_note, due_at, created_at)
       VALUES (1, 'o"1', 'note', 't', 'owed', ?, 1, 1)`,
      sealed('writebacks.sealed_note'),
    );
    migrate(database, file);
  }

  it('are encrypted again, each bound to its own', () => {
    fillBefore();
    const sealer = new Sealer(key);
    for (const place of places) expect(sealer.tryOpen(valueAt(place), place)).toBeNull();
    bindSealed(database, sealer);
    for (const place of places) {
      expect(sealer.open(valueAt(place), place)).toBe(`the ${place.column}`);
    }
    expect(isUnbound()).toBe(false);
    const bound = places.map(valueAt);
    bindSealed(database, sealer);
    expect(places.map(valueAt)).toEqual(bound);
  });

  it('wait for the right key', () => {
    fillBefore();
    const before = places.map(valueAt);
    bindSealed(database, new Sealer(randomBytes(32)));
    expect(places.map(valueAt)).toEqual(before);
    expect(isUnbound()).toBe(true);
    const sealer = new Sealer(key);
    bindSealed(database, sealer);
    for (const place of places) expect(sealer.tryOpen(valueAt(place), place)).not.toBeNull();
  });

  it('leave values that only a lost key decrypts', () => {
    fillBefore();
    database.connection.exec(
      `UPDATE invitations SET sealed_link = CAST(x'00' || randomblob(60) AS BLOB)`,
    );
    bindSealed(database, new Sealer(key));
    expect(isUnbound()).toBe(false);
    const link = { column: 'invitations.sealed_link', row: ['o"1', 'c', 0] } as const;
    expect(new Sealer(key).tryOpen(valueAt(link), link)).toBeNull();
  });

  it('don’t exist in a fresh file', () => {
    migrate(database, file);
    expect(isUnbound()).toBe(false);
  });
});

it('the step to the Lever account recognises it by stages that only this account has', () => {
  const step = MIGRATIONS.findIndex(({ name }) => name === 'Lever account');
  migrate(database, file, MIGRATIONS.slice(0, step));
  const rule = (stageId: string, removedAt: string) =>
    database.connection.exec(
      `INSERT INTO rules (stage_id, stage_name, tag, tag_key, challenge_id, challenge_name,
         delay_minutes, reuse_days, position, created_at, count_from, removed_at)
       VALUES ('${stageId}', 'S', 't', 't', 'c', 'C', 0, 365, 0, 1, 0, ${removedAt})`,
    );
  rule('own-stage', 'NULL');
  rule('applicant-new', 'NULL');
  rule('removed-stage', '5');
  migrate(database, file);
  expect(database.prepare('SELECT kind, id FROM lever_account').all()).toEqual([
    { kind: 'stage', id: 'own-stage' },
  ]);
});

it('the step to deliveries by time keeps each, in the order in which they came, and still only once', () => {
  const step = MIGRATIONS.findIndex(({ name }) => name === 'deliveries by time');
  migrate(database, file, MIGRATIONS.slice(0, step));
  const deliver = (identity: number, triggeredAt: number) =>
    database.connection
      .prepare(
        `INSERT OR IGNORE INTO deliveries
           (identity, event, opportunity_id, to_stage_id, triggered_at, received_at, outcome)
         VALUES (?, 'candidateStageChange', 'ada', 'stage', ?, 9, 'look')`,
      )
      .run(Buffer.alloc(32, identity), triggeredAt).changes;
  deliver(1, 8);
  deliver(2, 7);
  const rows = () => database.connection.prepare('SELECT * FROM deliveries ORDER BY rowid').all();
  const before = rows();
  migrate(database, file);
  expect(rows()).toEqual(before);
  expect([deliver(1, 8), deliver(2, 7), deliver(3, 7)]).toEqual([0, 0, 1]);
});

describe('the steps to the copy of CodeSubmit’s list', () => {
  const step = MIGRATIONS.findIndex(({ name }) => name === 'sent list');
  const listOf = (): SentListStore => new SentListStore(database, new Sealer(randomBytes(32)));

  it('start without a copy, so nothing may be sent, and keep what was promised', () => {
    migrate(database, file, MIGRATIONS.slice(0, step));
    database.connection.exec(
      `INSERT INTO invitations (opportunity_id, challenge_id, challenge_name, visit_stage_id,
         visit_at, email_hash, reuse_ms, state, promised_at, next_attempt_at, created_at)
       VALUES ('o', 'c', 'C', 's', 5, x'07', 9, 'queued', 1, 2, 3)`,
    );
    const before = database.prepare<[], object>('SELECT * FROM invitations').get();
    migrate(database, file);
    const nothing = { source: null, progress: null, ended: null, copy: null, base: null };
    const noFailure = { wantedAt: null, failedAt: null, retryAt: null, lastError: null };
    expect(listOf().state()).toEqual({ reading: 0, ...nothing, ...noFailure });
    expect(listOf().countAll()).toBe(0);
    const after = database.prepare('SELECT * FROM invitations').get();
    expect(after).toEqual({ ...before, person_hashes: null });
    expect(() => database.connection.exec('INSERT INTO sent_list (id) VALUES (2)')).toThrow();
  });

  it('keep the copy and the progress of its reading, and wait for nothing', () => {
    migrate(database, file, MIGRATIONS.slice(0, step + 1));
    database.connection.exec(
      `INSERT INTO sent_challenges (vendor_id, first_seen_at, seen_in) VALUES ('sent-1', 1, 4);
       UPDATE sent_list SET source = 'here', reading = 4, progress = '{"pages":2}', wanted_at = 6,
         failed_at = 7, last_error = 'why'`,
    );
    migrate(database, file);
    expect(listOf().state()).toMatchObject({
      ...{ source: 'here', reading: 4, progress: { pages: 2 } },
      ...{ wantedAt: 6, failedAt: 7, retryAt: null, lastError: 'why' },
    });
    expect(listOf().countSince(4)).toBe(1);
  });
});

describe('a newer file', () => {
  it('is refused with both versions named, and left untouched', () => {
    migrate(database, file, [first, second]);
    expect(() => {
      migrate(database, file, [first]);
    }).toThrow(mismatch);
    expect(() => {
      migrate(database, file, [first]);
    }).toThrow(/schema 2\b.*schema 1\b/);
    expect(tablesOf(database)).toEqual(['a', 'b']);
    expect(schemaVersion(database)).toBe(2);
  });
});

describe('a command that may not migrate', () => {
  it.each([0, MIGRATIONS.length + 1])('refuses schema %i and names both', (version) => {
    database.connection.pragma(`user_version = ${String(version)}`);
    const require = () => {
      requireCurrentSchema(database);
    };
    expect(require).toThrow(mismatch);
    expect(require).toThrow(
      new RegExp(`schema ${String(version)}\\b.*schema ${String(MIGRATIONS.length)}\\b`),
    );
    expect(schemaVersion(database)).toBe(version);
  });
});

it('rows queued before ages were stored are as old as the row; later ones are dated', () => {
  const ages = MIGRATIONS.findIndex(({ name }) => name === 'ages');
  const insert = (id: string, state: string, due: number) =>
    database.connection
      .prepare(
        `INSERT INTO invitations (opportunity_id, challenge_id, challenge_name, visit_stage_id, visit_at,
           email_hash, reuse_ms, state, promised_at, next_attempt_at, created_at)
         VALUES (?, 'c', 'C', 's', 0, randomblob(32), 0, ?, 0, ?, 5)`,
      )
      .run(id, state, due);
  const set = (state: string, due: number) =>
    database.connection
      .prepare(`UPDATE invitations SET state = ?, next_attempt_at = ? WHERE opportunity_id = 'new'`)
      .run(state, due);
  const queuedAt = (id: string) =>
    database.connection
      .prepare('SELECT queued_at FROM invitations WHERE opportunity_id = ?')
      .pluck()
      .get(id);
  migrate(database, file, MIGRATIONS.slice(0, ages));
  insert('old', 'queued', 9);
  migrate(database, file);
  expect(queuedAt('old')).toBe(5);
  insert('new', 'queued', 10);
  set('sending', 10);
  set('queued', 20);
  expect(queuedAt('new')).toBe(10);
  set('failed', 20);
  set('queued', 30);
  expect(queuedAt('new')).toBe(30);
});
