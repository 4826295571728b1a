// A whole CodeSubmit account in memory: keys, challenges, invitations and switches, without HTTP.
import { randomBytes, randomUUID } from 'node:crypto';
import { FaultPlan } from '../faults/fault-plan.js';
import { RequestLog } from '../request-log.js';
import { notFound } from '../simulated-error.js';
import type { CodeSubmitKey, Invitation, Test } from './codesubmit-records.js';
import type { InvitationCount, InvitationInput } from './codesubmit-records.js';
import { codeSubmitSwitchesSchema, type ProgressWord } from './codesubmit-switches.js';

export class CodeSubmitWorld {
  /** Where its API answers and its links lead, as `http://127.0.0.1:PORT`; set once it listens. */
  origin = 'http://127.0.0.1';
  company = 'example-company';
  /** `unpaid` answers every call with 402. */
  subscription: 'active' | 'unpaid' = 'active';
  readonly switches = codeSubmitSwitchesSchema.parse({});
  readonly now: () => number;
  readonly faults = new FaultPlan();
  readonly requests = new RequestLog();
  readonly keys: CodeSubmitKey[] = [];
  readonly tests: Test[] = [];
  readonly invitations: Invitation[] = [];
  /** Calls outside the four routes that an integration may use. */
  readonly forbiddenCalls: { method: string; path: string; at: number }[] = [];

  constructor(options: { now: () => number }) {
    this.now = () => options.now() + this.switches.clockOffsetMs;
  }

  /** Creates an API key; its owner is an admin unless `role` says otherwise. */
  addKey(
    input: { key?: string | undefined; role?: CodeSubmitKey['role'] | undefined } = {},
  ): CodeSubmitKey {
    const key = input.key ?? randomBytes(20).toString('hex');
    const added = { key, role: input.role ?? 'admin', isRevoked: false };
    this.keys.push(added);
    return added;
  }

  /** Changes a key's role or revokes it. @throws a 404 when there is none. */
  changeKey(key: string, change: Partial<Omit<CodeSubmitKey, 'key'>>): CodeSubmitKey {
    const known = this.keys.find((row) => row.key === key);
    if (!known) throw notFound('API key');
    return Object.assign(known, change);
  }

  /** Adds a challenge, not archived. */
  addTest(input: { name: string; id?: string | undefined }): Test {
    const added = { id: input.id ?? randomUUID(), name: input.name, isArchived: false };
    this.tests.push(added);
    return added;
  }

  /** Archives or restores a challenge. @throws a 404 when there is none. */
  setTestArchived(id: string, isArchived: boolean): Test {
    const test = this.tests.find((row) => row.id === id);
    if (!test) throw notFound(`test ${id}`);
    test.isArchived = isArchived;
    return test;
  }

  /**
   * Creates an invitation, even if there is one for the same e-mail and challenge: the API decides what a second POST
   * does. `madeBy`: `hand` for one that a person makes on a page.
   */
  invite(input: InvitationInput, madeBy: 'api' | 'hand' = 'hand'): Invitation {
    const invitation: Invitation = {
      ...input,
      id: randomUUID(),
      madeBy,
      progress: 'invited',
      rawStatus: null,
      commitsCount: 0,
      createdAt: this.now(),
      order: this.invitations.length + 1,
      listReads: 0,
    };
    this.invitations.push(invitation);
    return invitation;
  }

  /** The first invitation for this e-mail (ignoring case) and challenge. */
  findInvitation(email: string, testId: string): Invitation | undefined {
    const wanted = email.toLowerCase();
    return this.invitations.find(
      (row) => row.testId === testId && row.email.toLowerCase() === wanted,
    );
  }

  /**
   * Sets what the candidate has done: a word, or a status number that stands for no word. Each change past `invited`
   * counts one commit more. @throws a 404 when there is no such invitation.
   */
  setProgress(id: string, progress: ProgressWord | number): Invitation {
    const invitation = this.getInvitation(id);
    invitation.rawStatus = typeof progress === 'number' ? progress : null;
    if (typeof progress !== 'number') invitation.progress = progress;
    if (progress !== 'invited') invitation.commitsCount += 1;
    return invitation;
  }

  /** The invitation of that id. @throws a 404 when there is none. */
  getInvitation(id: string): Invitation {
    const invitation = this.invitations.find((row) => row.id === id);
    if (!invitation) throw notFound(`invitation ${id}`);
    return invitation;
  }

  /** Sets the switches named in `change`; others stay. @throws a ZodError for an unknown switch or value. */
  flip(change: object): void {
    Object.assign(this.switches, codeSubmitSwitchesSchema.parse({ ...this.switches, ...change }));
  }

  /** How many invitations each e-mail got for each challenge. */
  invitationCounts(): InvitationCount[] {
    const counts = new Map<string, InvitationCount>();
    for (const { email: given, testId, madeBy } of this.invitations) {
      const email = given.toLowerCase();
      const name = `${email} ${testId}`;
      const count = counts.get(name) ?? { email, testId, count: 0, byApi: 0 };
      count.count += 1;
      if (madeBy === 'api') count.byApi += 1;
      counts.set(name, count);
    }
    return [...counts.values()];
  }
}
