/** What became of the webhooks that Lever's API makes, in words, and what of it is left to a person. */
import type { WebhooksKept } from '../app/keep-webhooks.js';
import { leverAppUrl } from '../app/lever-addresses.js';
import type { Settings } from '../config/settings.js';
import type { ApiError } from '../domain/errors.js';
import { WEBHOOK_EVENTS } from '../domain/lever-ports.js';

/** As Lever's page names it: `candidateStageChange` → `Candidate Stage Change`. */
export function wordsOfEvent(event: string): string {
  const words = event.replace(/[A-Z]/g, (letter) => ` ${letter}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function webhooksPage(settings: Settings): string {
  return `${leverAppUrl(settings)}/settings/integrations?tab=webhooks`;
}

/** One line of what was done; undefined when nothing was. */
export function sayWebhooks(kept: WebhooksKept | undefined): string | undefined {
  if (kept?.kind !== 'kept') return undefined;
  const { made, removed } = kept;
  const parts = [
    made.length === 0 ? '' : `made by API: ${made.map(wordsOfEvent).join(', ')}`,
    removed === 0 ? '' : `deleted: ${removed}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `webhooks ${parts.join('; ')}`;
}

/** What only a person can do about them. */
export function whatIsLeftOfWebhooks(kept: WebhooksKept, settings: Settings): string[] {
  if (kept.kind === 'refused') return refusalOf(kept.error, settings);
  if (kept.kind === 'failed') return [];
  const page = webhooksPage(settings);
  return [
    ...kept.foreign.map(
      ({ event }) =>
        `Lever lets nobody but a person delete the webhook for ${wordsOfEvent(event)} that has this URL: delete it at ${page}, then run the same command again`,
    ),
    ...kept.undeleted.map(
      ({ event, url }) =>
        `Lever refuses to delete the old webhook for ${wordsOfEvent(event)} (${url}): the right to delete webhooks is lacking, or delete it at ${page}`,
    ),
  ];
}

/** By name, with what mends it. */
function refusalOf({ status, message }: ApiError, settings: Settings): string[] {
  const orByHand = 'or make it by hand: codesubmit-lever setup --webhook paste';
  if (status !== 403) return [`Lever does not take the webhook (${message}): ${orByHand}`];
  return settings.leverAuth === 'oauth'
    ? [
        'the login lacks the right to make webhooks (webhooks:write:admin): add it to the app’s scopes and log in again, ' +
          orByHand,
      ]
    : [
        'the Lever API key lacks the right to list, add and delete webhooks, and a key’s rights can’t be changed: ' +
          `give a new key by codesubmit-lever setup --lever-api-key-file FILE, ${orByHand}`,
      ];
}

/** A webhook made by API is silent until then. */
export function switchOn(settings: Settings): string {
  return (
    `let a Super Admin switch on ${WEBHOOK_EVENTS.map(wordsOfEvent).join(', ')} at ${webhooksPage(settings)}: ` +
    'a webhook made by API stays silent until then; `status` shows the first delivery'
  );
}
