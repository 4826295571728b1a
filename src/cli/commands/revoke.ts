/** `revoke`: disconnects the integration and erases its credentials. */
import type { Command } from 'commander';
import { count } from '../../domain/format.js';
import type { RevokedTags, RevokedWebhooks } from '../../operate/actions/revoke.js';
import type { Settings } from '../../storage/settings/settings.js';
import type { ContextOf } from '../create-context.js';
import type { Io } from '../terminal/io.js';
import { wordsOfEvent } from '../../domain/lever-ports.js';

export function addRevoke(program: Command, contextOf: ContextOf): void {
  program
    .command('revoke')
    .description('disconnect, stop sending, erase all credentials')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever revoke --yes')
    .action(async (options: { yes?: boolean }) => {
      const { io, home, runtime } = await contextOf();
      const { endWork, eraseAccess, revoke, revokeTags, revokeWebhooks } =
        await import('../../operate/actions/revoke.js');
      const { openForRevoke } = await import('../../app/open-app.js');
      const { connectVendors } = await import('../../app/connect-vendors.js');
      const { takeLastAccess } = await import('../../vendors/lever/login/last-access.js');
      const app = connectVendors(openForRevoke(home, runtime));
      try {
        const question = 'Disconnect the integration and erase its keys and tokens?';
        if (!(await io.confirm(question, options))) {
          io.say('Nothing was changed.');
          return;
        }
        const access = takeLastAccess(app);
        await revoke(app, [eraseAccess(app), endWork(app)]);
        io.say('Revoked: nothing more goes out, and no key or token is left here.');
        io.progress('Cleaning up in Lever …');
        const [webhooks, tags] = await Promise.all([
          revokeWebhooks(app, access),
          revokeTags(app, access),
        ]);
        sayWhatIsLeft(io, app.settings.load(), webhooks, tags);
      } finally {
        app.database.close();
      }
    });
}

function sayWhatIsLeft(
  io: Io,
  { leverAuth, webhookWay }: Partial<Settings>,
  { deleted, left }: RevokedWebhooks,
  tags: RevokedTags,
): void {
  if (deleted > 0) io.say(`Deleted in Lever: ${count(deleted, 'webhook')}.`);
  if (tags.taken > 0) {
    io.say(`Removed in Lever: ${count(tags.taken, 'tag')} that said why a candidate is on hold.`);
  }
  const access =
    leverAuth === 'oauth' ? 'press Revoke Access under Authorized Apps' : 'revoke the API key';
  const isMadeByApi = webhookWay === 'api';
  io.say('Left to do manually:');
  io.say(
    `  in Lever, Settings > Integrations and API: ${isMadeByApi ? '' : 'delete the webhook and '}${access}`,
  );
  for (const { event, url } of left) {
    io.say(`  there too, under Webhooks: delete ${wordsOfEvent(event)} to ${url}`);
  }
  if (tags.left > 0) {
    io.say(`  there too: remove our tags (“codesubmit: …”) from ${count(tags.left, 'candidate')}`);
  }
  io.say('  in CodeSubmit, the integrations settings page: delete the API key');
  io.say('To start again: codesubmit-lever setup');
}
