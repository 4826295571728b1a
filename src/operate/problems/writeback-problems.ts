/** Links, notes and tags that don't come into Lever. */
import { isoTime } from '../../domain/clock.js';
import { count } from '../../domain/format.js';
import type { Problem } from '../../domain/problem.js';
import type { WritebackTally } from '../../pipeline/writebacks/writeback-queries.js';
import type { WritebackStore } from '../../pipeline/writebacks/writeback-store.js';
import type { Database } from '../../storage/database/database.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import { countWithoutLink } from '../queries/invitations.js';
import { newLeverRights, type CredentialSources } from './reconnect.js';

export interface WritebackSources extends CredentialSources {
  database: Database;
  configuration: LiveConfiguration;
  writebacks: WritebackStore;
}

export function findWritebackProblems(sources: WritebackSources): Problem[] {
  return [
    ...findParked(sources),
    ...findUnreadable(sources),
    findMissingActingUser(sources),
    ...findRefused(sources),
    findMissingLinks(sources),
  ].filter((found) => found !== undefined);
}

/** `3 links`, `1 note`. */
function counted({ kind, n }: WritebackTally): string {
  return `${String(n)} ${kind}${n === 1 ? '' : 's'}`;
}

function findParked({ writebacks }: WritebackSources): Problem[] {
  return writebacks.parked().map((tally) => ({
    code: `${tally.kind}_not_written`,
    vendor: 'lever',
    since: isoTime(tally.since),
    level: 'fail',
    what: `${counted(tally)} could not be put into Lever (${tally.error ?? ''})`,
    fix: `When Lever shows the candidates again (they are deleted or confidential there, perhaps), run: codesubmit-lever retry ${tally.ids}`,
  }));
}

function findUnreadable({ writebacks }: WritebackSources): Problem[] {
  return writebacks.unreadable().map((tally) => ({
    code: 'values_unreadable',
    vendor: null,
    since: isoTime(tally.since),
    level: 'fail',
    subject: tally.kind,
    what: `${counted(tally)} can’t be decrypted, and can’t be put into Lever`,
    fix: `If the key was changed, give the old CODESUBMIT_LEVER_SECRET_KEY again. Then, or without it, run: codesubmit-lever retry ${tally.ids}`,
  }));
}

function findMissingActingUser({ configuration }: WritebackSources): Problem | undefined {
  const at = configuration.row().acting_user_missing_at;
  if (at === null) return undefined;
  return {
    code: 'perform_as_missing',
    vendor: 'lever',
    since: isoTime(at),
    level: 'fail',
    what: 'Lever writes nothing without a user on whose behalf: links, notes and tags wait',
    fix: 'Run: codesubmit-lever setup --perform-as USER_ID',
  };
}

/** A key without the right, or an acting user whom Lever doesn't take, is refused each time. */
function findRefused(sources: WritebackSources): Problem[] {
  return sources.writebacks.refused().map((tally) => {
    const { kind, error } = tally;
    const isForGood = /: 40[03]\b/.test(error ?? '');
    return {
      code: `${kind}_refused`,
      vendor: 'lever',
      since: isoTime(tally.since),
      level: isForGood ? 'fail' : 'warn',
      what: `${counted(tally)} not yet in Lever, which refuses (${error ?? ''})`,
      fix: isForGood
        ? `${newLeverRights(sources, ' with the right to write')}, or name an acting user: codesubmit-lever setup --perform-as USER_ID`
        : 'Tried again by itself. See: codesubmit-lever status',
    };
  });
}

function findMissingLinks({ database }: WritebackSources): Problem | undefined {
  const row = countWithoutLink(database);
  if (row.n === 0) return undefined;
  return {
    code: 'link_not_found',
    vendor: 'codesubmit',
    since: isoTime(row.at),
    level: 'warn',
    what: `${count(row.n, 'challenge')} went out, but no link was found in CodeSubmit’s replies`,
    fix: 'See where a candidate’s link stands at CodeSubmit, then say how it is made: codesubmit-lever setup --link-template T; on a terminal it is learnt from one: codesubmit-lever setup',
  };
}
