/** Promises broken on purpose, one line each. `BROKEN` is true while that one is. */

export interface Break {
  promise: string;
  /** Under `src/`. */
  file: string;
  line: string;
  broken: string;
}

export const BREAKS: readonly Break[] = [
  {
    promise: 'one person gets a challenge once within the reuse days',
    file: 'domain/decide/decide.ts',
    line: 'counts(promise, reuse, situation.now);',
    broken: '!BROKEN && counts(promise, reuse, situation.now);',
  },
  {
    promise: 'who came before a rule was active gets nothing',
    file: 'domain/decide/decide.ts',
    line: 'return visitAt < rule.activatedAt ||',
    broken: 'return (!BROKEN && visitAt < rule.activatedAt) ||',
  },
  {
    promise: 'a different challenge in the same stage waits for approval',
    file: 'domain/decide/decide.ts',
    line: 'if (!hadAnother ||',
    broken: 'if (BROKEN || !hadAnother ||',
  },
  {
    promise: 'who is archived gets nothing',
    file: 'domain/decide/decide.ts',
    line: 'if (opportunity.isArchived) return',
    broken: 'if (!BROKEN && opportunity.isArchived) return',
  },
  {
    promise: 'an absence is believed only where the list shows ours',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: "if (control !== 'shown') return",
    broken: "if (!BROKEN && control !== 'shown') return",
  },
  {
    promise: 'a 5xx in answer to a challenge is an unknown outcome',
    file: 'pipeline/invitations/sender.ts',
    line: "if (error.kind === 'unknown_outcome') {",
    broken: "if (!BROKEN && error.kind === 'unknown_outcome') {",
  },
  {
    promise: 'what a dead process was sending is looked up',
    file: 'pipeline/invitations/send-queue.ts',
    line: "this.#setUncertain(tx, id as InvitationId, 'interrupted', lookup);",
    broken: `if (BROKEN) invitations.update(tx, id, { state: 'queued', awaits_decision: 1, claim: null });
        else this.#setUncertain(tx, id as InvitationId, 'interrupted', lookup);`,
  },
  {
    promise: 'nothing goes on a read that is older than a minute',
    file: 'pipeline/invitations/send-queue.ts',
    line: 'return ageInMs(read.began, this.clock) <= FRESH_MS;',
    broken: 'return BROKEN || ageInMs(read.began, this.clock) <= FRESH_MS;',
  },
  {
    promise: 'what was made manually at CodeSubmit is adopted',
    file: 'pipeline/invitations/sent-elsewhere.ts',
    line: 'this.#findManual(pair, now) ??',
    broken: '(BROKEN ? undefined : this.#findManual(pair, now)) ??',
  },
  {
    promise: 'a link is looked for before it is added again',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (!isFirst || !isNew) {',
    broken: 'if (!BROKEN && (!isFirst || !isNew)) {',
  },
  {
    promise: 'the database takes one invitation for a visit',
    file: 'storage/database/migrate.ts',
    line: 'connection.exec(sql);',
    broken: `connection.exec(sql);
    if (BROKEN) connection.exec('DROP INDEX IF EXISTS invitations_visit');`,
  },
  {
    promise: 'a sweep keeps what a brake holds',
    file: 'domain/decide/decide.ts',
    line: 'if (rule.isBraked && !isFreeOfBrake(rule, situation)) return',
    broken: 'if (!BROKEN && rule.isBraked && !isFreeOfBrake(rule, situation)) return',
  },
  {
    promise: 'a note is looked for before it is written again',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (!isFirst || note.isLookedForFirst) {',
    broken: 'if (!BROKEN && (!isFirst || note.isLookedForFirst)) {',
  },
  {
    promise: 'our old tag of a topic goes before the new one comes',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (stale.length > 0) await',
    broken: 'if (!BROKEN && stale.length > 0) await',
  },
  {
    promise: 'what finds the disk full is written once there is room',
    file: 'storage/database/database.ts',
    line: 'if (!isStorageTrouble(error)) throw error;',
    broken: 'if (!isStorageTrouble(error)) throw error; if (BROKEN) return undefined as T;',
  },
];

/** What stands for `BROKEN` in the source of the n-th. */
export function conditionOf(index: number): string {
  return `(globalThis.brokenPromise === ${String(index)})`;
}
