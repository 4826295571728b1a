/** Links, notes and tags that don't come into Lever. */
import { isoTime } from '../../domain/clock.js';
import { count } from '../../domain/format.js';
import type { Problem } from '../../domain/problem.js';
import {
  tallyParked,
  tallyRefused,
  tallyUnreadable,
  type WritebackTally,
} from '../../pipeline/store/writebacks.js';
import type { Database } from '../../storage/database/database.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import { countWithoutLink } from '../queries/invitations.js';
import { newLeverRights } from './reconnect.js';

interface WritebackSources {
  database: Database;
  configuration: LiveConfiguration;
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
  return `${n} ${kind}${n === 1 ? '' : 's'}`;
}

function findParked({ database }: WritebackSources): Problem[] {
  return tallyParked(database).map((tally) => ({
    code: `${tally.kind}_not_written`,
    vendor: 'lever',
    since: isoTime(tally.since),
    level: 'fail',
    what: `${counted(tally)} could not be written to Lever (${tally.error ?? ''})`,
    fix: `The candidates may be deleted or confidential in Lever. Once Lever shows them again, run: codesubmit-lever retry ${tally.ids}`,
  }));
}

function findUnreadable({ database }: WritebackSources): Problem[] {
  return tallyUnreadable(database).map((tally) => ({
    code: 'values_unreadable',
    vendor: null,
    since: isoTime(tally.since),
    level: 'fail',
    subject: tally.kind,
    what: `${counted(tally)} can’t be decrypted, so not written to Lever`,
    fix: `The database is damaged, or was altered. Run: codesubmit-lever retry ${tally.ids}`,
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
    what: 'Lever needs an acting user: links, notes and tags wait',
    fix: 'Run: codesubmit-lever setup --perform-as USER_ID',
  };
}

/** Lever refuses each write of a key without permission, or on behalf of a user it rejects. */
function findRefused(sources: WritebackSources): Problem[] {
  return tallyRefused(sources.database).map((tally) => {
    const { kind, error } = tally;
    const isForGood = tally.isRefused === 1;
    return {
      code: `${kind}_refused`,
      vendor: 'lever',
      since: isoTime(tally.since),
      level: isForGood ? 'fail' : 'warn',
      what: `${counted(tally)} not written to Lever yet, because Lever refuses (${error ?? ''})`,
      fix: isForGood
        ? `${newLeverRights(sources.configuration, ' with permission to write')}, or set an acting user: codesubmit-lever setup --perform-as USER_ID`
        : 'Retried automatically. See: codesubmit-lever status',
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
    what: `${count(row.n, 'challenge')} went out, but CodeSubmit’s replies contain no link`,
    fix: 'Find a candidate’s link in CodeSubmit and set its form: codesubmit-lever setup --link-template T; or paste one on a terminal: codesubmit-lever setup',
  };
}
