/** Who would be invited by rules that setup is about to store. */
import type { App } from '../admin/app.js';
import type { Recipient } from '../domain/invitation.js';
import { findRecipients } from '../admin/preview/preview.js';
import type { PlannedRules } from '../admin/setup/rules/activate-rules.js';
import type { TriedSetup } from '../admin/setup/set-up.js';
import type { Io } from './terminal/io.js';

export function onPeople(io: Io): (people: number) => void {
  return (people) => io.progress(`${people} candidates in the stages …`);
}

/** Who would get a challenge at once if these rules were stored. */
export async function findInvited(
  io: Io,
  app: App,
  { settings, lever, codesubmit, codesubmitApiKey }: TriedSetup,
  planned: PlannedRules | undefined,
): Promise<Recipient[]> {
  if (!planned) return [];
  const tried = {
    ...app,
    inForce: { settings, codesubmitApiKey },
    vendors: { lever: () => lever, codesubmit: () => codesubmit },
  };
  return findRecipients(tried, planned, onPeople(io));
}
