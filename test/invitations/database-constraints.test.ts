/**
 * The database enforces “once”, whatever the code above it does: these tests write rows directly.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RuleId } from '../../src/domain/ids.js';
import type { Tx } from '../../src/store/database/database.js';
import { StoreRig } from '../rigs/store.js';
import { BACKEND, DAY, FRONTEND, NOW, VISIT } from '../support/fictional-records.js';

let bridge: StoreRig;

beforeEach(() => {
  bridge = new StoreRig();
});

afterEach(() => bridge.close());

const ada = {
  opportunity_id: 'ada',
  challenge_id: BACKEND as string,
  challenge_name: 'Backend',
  repetition: 0,
  visit_stage_id: 'stage',
  visit_at: VISIT,
  contact_id: 'contact-ada' as string | null,
  email_hash: Buffer.from('ada@example.com'),
  rule_id: null as RuleId | null,
  state: 'queued',
  promised_at: NOW,
  went_at: null as number | null,
  due_at: NOW,
  created_at: NOW,
};
type Row = typeof ada;

/** A different person in every respect. */
const grace: Row = {
  ...ada,
  opportunity_id: 'grace',
  contact_id: 'contact-grace',
  email_hash: Buffer.from('grace@example.com'),
};

/** Throws SQLite's own words, which name the constraint. */
function inWrite<T>(change: (tx: Tx) => T): T {
  try {
    return bridge.app.database.lend(change);
  } catch (error) {
    throw (error as Error).cause;
  }
}

function insert(row: Row): number {
  const names = Object.keys(row);
  const marks = names.map((name) => `@${name}`);
  const sql = `INSERT INTO invitations (${names.join(', ')}) VALUES (${marks.join(', ')})`;
  const result = inWrite((tx) => tx.run(sql, row));
  return Number(result.lastInsertRowid);
}

function set(id: number, assignment: string): void {
  const sql = `UPDATE invitations SET ${assignment} WHERE id = ?`;
  inWrite((tx) => tx.run(sql, id));
}

const refused = /UNIQUE constraint failed/;
const samePerson = /this person was promised this challenge/;

describe('one invitation per opportunity and challenge', () => {
  it.each(['queued', 'sending', 'uncertain', 'invited', 'linked', 'failed', 'cancelled'])(
    'whatever happened to the first: %s',
    (state) => {
      insert({ ...ada, state });
      expect(() => insert({ ...ada, visit_at: VISIT + DAY })).toThrow(refused);
    },
  );

  it('except for a deliberate repetition, which is also unique', () => {
    insert(ada);
    insert({ ...ada, repetition: 1 });
    expect(() => insert({ ...ada, repetition: 1 })).toThrow(refused);
  });

  it('allows another challenge or opportunity', () => {
    insert(ada);
    insert({ ...ada, challenge_id: FRONTEND, visit_at: VISIT + DAY });
    expect(insert(grace)).toBeGreaterThan(0);
  });
});

describe('one visit yields at most one invitation', () => {
  it.each(['queued', 'sending', 'uncertain', 'invited', 'linked'])('%s counts', (state) => {
    insert({ ...ada, state });
    expect(() => insert({ ...ada, challenge_id: FRONTEND })).toThrow(refused);
  });

  it.each(['failed', 'cancelled'])('%s doesn’t count', (state) => {
    insert({ ...ada, state });
    const id = insert({ ...ada, challenge_id: FRONTEND });
    expect(id).toBeGreaterThan(0);
    expect(() => set(1, `state = 'queued'`)).toThrow(refused);
  });

  it('another stage or time is another visit', () => {
    insert(ada);
    insert({ ...ada, challenge_id: FRONTEND, visit_stage_id: 'another stage' });
    expect(insert({ ...ada, challenge_id: 'third', visit_at: VISIT + 1 })).toBe(3);
  });
});

describe('one person gets a challenge once within the reuse days', () => {
  const sameContact = { ...grace, contact_id: ada.contact_id };
  const sentAda = { ...ada, state: 'linked', went_at: NOW };
  const sameEmail = { ...grace, email_hash: ada.email_hash };

  it.each(['queued', 'sending', 'uncertain', 'invited', 'linked'])(
    'the same contact or e-mail, when the first is %s',
    (state) => {
      insert({ ...ada, state });
      expect(() => insert(sameContact)).toThrow(samePerson);
      expect(() => insert(sameEmail)).toThrow(samePerson);
      expect(insert(grace)).toBeGreaterThan(0);
    },
  );

  it.each(['failed', 'cancelled'])('a first one that is %s was not a promise', (state) => {
    insert({ ...ada, state });
    insert(sameContact);
    expect(() => set(1, `state = 'queued'`)).toThrow(samePerson);
  });

  it('what they had before they were forgotten stops what nobody approved, and only that', () => {
    const id = insert(sentAda);
    set(id, `reason = 'erased'`);
    expect(() => insert(sameEmail)).toThrow(samePerson);
    const cancelled = insert({ ...sameEmail, state: 'cancelled' });
    expect(() => set(cancelled, `state = 'queued'`)).toThrow(samePerson);
    set(cancelled, `state = 'queued', origin = 'approval'`);
  });

  it('a row that is failed or cancelled from the start promises nothing', () => {
    insert(ada);
    expect(insert({ ...sameContact, state: 'cancelled' })).toBeGreaterThan(0);
  });

  it('no contact doesn’t make two candidates the same person', () => {
    insert({ ...ada, contact_id: null });
    expect(insert({ ...grace, contact_id: null })).toBeGreaterThan(0);
  });

  it('allows another challenge', () => {
    insert(ada);
    expect(insert({ ...sameContact, challenge_id: FRONTEND })).toBeGreaterThan(0);
  });

  it('counts the reuse days of the later one', () => {
    insert(sentAda);
    const later = { ...sameContact, rule_id: bridge.addRule({ reuseDays: 30 }) };
    expect(() => insert({ ...later, promised_at: NOW + 30 * DAY - 1 })).toThrow(samePerson);
    expect(insert({ ...later, promised_at: NOW + 30 * DAY })).toBeGreaterThan(0);
  });

  it('counts what still waits to be sent, however old', () => {
    insert({ ...ada, went_at: NOW - 400 * DAY });
    expect(() => insert({ ...sameContact, promised_at: NOW + 366 * DAY })).toThrow(samePerson);
  });

  it('counts a late sending from when it was sent', () => {
    insert({ ...sentAda, went_at: NOW + 100 * DAY });
    expect(() => insert({ ...sameContact, promised_at: NOW + 464 * DAY })).toThrow(samePerson);
    expect(insert({ ...sameContact, promised_at: NOW + 465 * DAY })).toBeGreaterThan(0);
  });

  it('checks one that is queued again, too', () => {
    insert(sentAda);
    const id = insert({ ...sameEmail, state: 'failed' });
    const queueAgain = (at: number) => set(id, `state = 'queued', promised_at = ${String(at)}`);
    expect(() => queueAgain(NOW + DAY)).toThrow(samePerson);
    queueAgain(NOW + 365 * DAY);
    expect(bridge.invitations()[1]?.state).toBe('queued');
  });

  it('a failed one may take another e-mail and be queued with it', () => {
    insert(ada);
    const id = insert({ ...sameEmail, state: 'failed' });
    set(id, `state = 'queued', email_hash = x'01'`);
    expect(bridge.invitations()[1]?.state).toBe('queued');
  });

  it('the deliberate repetition is the only exception', () => {
    insert(ada);
    expect(insert({ ...sameContact, repetition: 1 })).toBeGreaterThan(0);
  });

  it('its own opportunity doesn’t count as another', () => {
    insert({ ...ada, state: 'cancelled' });
    set(1, `state = 'queued'`);
    expect(insert({ ...ada, repetition: 1 })).toBeGreaterThan(0);
  });

  it('a queued row can’t become someone who was promised the challenge', () => {
    insert(ada);
    const id = insert(grace);
    expect(() => set(id, `contact_id = 'contact-ada'`)).toThrow(samePerson);
    expect(() => set(id, `email_hash = (SELECT email_hash FROM invitations WHERE id = 1)`)).toThrow(
      samePerson,
    );
    set(id, `contact_id = NULL, email_hash = x'01'`);
    set(id, `due_at = 1`);
    expect(bridge.invitations()[1]?.contact_id).toBeNull();
  });
});

describe('what a row may be', () => {
  it('has one of the seven states', () => {
    expect(() => insert({ ...ada, state: 'sent' })).toThrow(/CHECK constraint failed/);
  });

  it('an opportunity has one write-back of a kind per topic', () => {
    const id = insert(ada);
    const owe = () =>
      inWrite((tx) =>
        tx.run(
          `INSERT INTO writebacks (invitation_id, opportunity_id, kind, topic, state, due_at, created_at)
           VALUES (?, 'ada', 'link', '1', 'pending', 1, 1)`,
          id,
        ),
      );
    owe();
    expect(owe).toThrow(refused);
  });

  it('there is one integration, refused for a known reason', () => {
    const change = (sql: string) => () => inWrite((tx) => tx.run(sql));
    expect(change('INSERT INTO integration DEFAULT VALUES')).toThrow(/UNIQUE|CHECK/);
    expect(change(`UPDATE integration SET lever_refusal_kind = 'whim'`)).toThrow(/CHECK/);
  });

  it('allows one rule per stage and tag, not counting removed ones', () => {
    const id = bridge.addRule();
    const again = () => inWrite(() => bridge.addRule({ tag: ' CODESUBMIT:backend' }));
    expect(again).toThrow(refused);
    inWrite((tx) => bridge.app.rules.remove(tx, id, NOW));
    expect(bridge.addRule()).not.toBe(id);
  });
});
