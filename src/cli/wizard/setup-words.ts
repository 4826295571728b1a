/** Sentences of setup with and without a terminal: status numbers, webhooks, progress. */
import type { ApiError } from '../../domain/errors.js';
import { WEBHOOK_EVENTS, wordsOfEvent } from '../../domain/lever-ports.js';
import type { SetupProgress } from '../../setup/setup-from-answers.js';
import type { WebhooksKept } from '../../setup/webhooks/sync-webhooks.js';
import type { Settings } from '../../storage/settings/settings.js';
import { webhooksTab } from '../../setup/webhooks/foreign-webhooks.js';
import type { Io } from '../terminal/io.js';

/** Undefined unless progress should show in Lever, which it can't while no number has a meaning. */
export function sayUnmapped({
  progressTags,
  completionNote,
  statusMap,
}: Settings): string | undefined {
  const isShown = progressTags || completionNote !== 'off';
  if (!isShown || Object.keys(statusMap).length > 0) return undefined;
  return 'once the first candidates are at work, say what CodeSubmit’s status numbers mean: codesubmit-lever progress';
}

// What happened to the webhooks created through Lever's API, and what is left for the admin to do.

/** What was done, in one line; undefined if nothing was. */
export function sayWebhooks(kept: WebhooksKept | undefined): string | undefined {
  if (kept?.kind !== 'kept') return undefined;
  const { made, removed } = kept;
  const parts = [
    made.length === 0 ? '' : `created through the API: ${made.map(wordsOfEvent).join(', ')}`,
    removed === 0 ? '' : `deleted: ${removed}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `webhooks ${parts.join('; ')}`;
}

/** What only an admin can do about them. */
export function whatIsLeftOfWebhooks(kept: WebhooksKept, settings: Settings): string[] {
  if (kept.kind === 'refused') return refusalOf(kept.error, settings);
  if (kept.kind === 'failed') return [];
  const page = webhooksTab(settings);
  return [
    ...kept.foreign.map(
      ({ event }) =>
        `Only a person can delete Lever’s webhook for ${wordsOfEvent(event)} with this URL: delete it at ${page}, then run the same command again`,
    ),
    ...kept.undeleted.map(
      ({ event, url }) =>
        `Lever refuses to delete the old webhook for ${wordsOfEvent(event)} (${url}): add the right to delete webhooks, or delete it at ${page}`,
    ),
  ];
}

/** What is wrong by name, with its fix. */
function refusalOf({ status, message }: ApiError, settings: Settings): string[] {
  const orByHand = 'or create it manually: codesubmit-lever setup --webhook paste';
  if (status !== 403) return [`Lever doesn’t accept the webhook (${message}): ${orByHand}`];
  return settings.leverAuth === 'oauth'
    ? [
        'the login lacks the right to create webhooks (webhooks:write:admin): add it to the app’s scopes and log in again, ' +
          orByHand,
      ]
    : [
        'the Lever API key lacks the right to list, add and delete webhooks, and a key’s rights can’t be changed: ' +
          `use a new key: codesubmit-lever setup --lever-api-key-file FILE, ${orByHand}`,
      ];
}

/** A webhook created through the API sends nothing until then. */
export function switchOn(settings: Settings): string {
  return (
    `ask a Super Admin to turn on ${WEBHOOK_EVENTS.map(wordsOfEvent).join(', ')} at ${webhooksTab(settings)}: ` +
    'until then a webhook created through the API sends nothing; `status` shows the first delivery'
  );
}

// Progress that setup reports.

/** Used where no question is asked. */
const UNKNOWN_ACCOUNT =
  'Nothing shows whether this key or login belongs to the same Lever account as before. If it does not, run: codesubmit-lever revoke';

export function setUpProgress(io: Io): SetupProgress {
  return {
    onPeople: (people) => io.progress(`${people} candidates in the stages …`),
    onUnknownAccount: async () => {
      io.say(UNKNOWN_ACCOUNT);
      return true;
    },
    onWebhook: (event) => io.progress(`Creating the webhook for ${wordsOfEvent(event)} …`),
  };
}
